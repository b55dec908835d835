import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

/// Spoiled replies give an error or a value, never a crash, and never an empty list that is believed.
///
/// `BALAI_FUZZ_ROUNDS` says how many, `BALAI_FUZZ_SEED` repeats a run. Should the process crash, the
/// input is in `balai-reply-<pid>` in the directory for temporary files; it then belongs into
/// `Tests/Corpus/replies`, of which every file is tried every time.
@Suite(.timeLimit(.minutes(10))) struct ReplyFuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let rounds = environment["BALAI_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 2000
  private static let seed =
    environment["BALAI_FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999)
  private static let corpus = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Corpus/replies")

  /// A recorded reply and the name of its decoder.
  private struct Sample {
    let decoder: String
    let body: Data
  }

  private static func samples() throws -> [Sample] {
    var samples: [Sample] = []
    for name in RecordedEngine.names {
      for (step, record) in try RecordedEngine(name).records.sorted(by: { $0.key < $1.key }) {
        let decoder = record.reply.status == 200 ? ReplyDecoders.name(of: step) : "message"
        samples.append(Sample(decoder: decoder, body: Data(record.reply.body.utf8)))
      }
    }
    for (decoder, text) in [
      ("commit", #"{"Id":"sha256:a"}"#),
      ("distribution", #"{"Descriptor":{"digest":"sha256:a","size":1},"Platforms":[]}"#),
      ("progress", #"{"status":"a"}"# + "\n" + #"{"errorDetail":{"message":"m"},"error":"m"}"#),
    ] { samples.append(Sample(decoder: decoder, body: Data(text.utf8))) }
    return samples
  }

  @Test func everyDecoderHasARecordedReply() throws {
    let used = Set(try Self.samples().map(\.decoder))
    #expect(used == Set(ReplyDecoders.all.keys))
  }

  @Test func spoiledReplyIsAnErrorOrAValue() throws {
    let samples = try Self.samples()
    var mutation = ReplyMutation(random: SeededGenerator(seed: Self.seed))
    let input = NSTemporaryDirectory() + "balai-reply-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: input) }
    for round in 0..<Self.rounds {
      let sample = mutation.random.pick(samples)
      let body = mutation.spoil(sample.body)
      try body.write(to: URL(fileURLWithPath: input))
      // Now and then an answer to another question.
      let others = ReplyDecoders.all.keys.sorted()
      let decoder = mutation.random.chance(oneIn: 8) ? mutation.random.pick(others) : sample.decoder
      for name in [decoder, "message"] {
        #expect(throws: Never.self, "BALAI_FUZZ_SEED=\(Self.seed), round \(round), \(name)") {
          try ReplyDecoders.run(name, body)
        }
      }
    }
  }

  @Test func everyInputOfTheCorpusIsAnErrorOrAValue() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path).sorted()
    #expect(!files.isEmpty)
    for file in files {
      let body = try Data(contentsOf: Self.corpus.appendingPathComponent(file))
      for name in ReplyDecoders.all.keys {
        #expect(throws: Never.self, "\(file), \(name)") { try ReplyDecoders.run(name, body) }
      }
    }
  }

  /// What the recorded engines had: each list has something in it.
  @Test(arguments: ["docker-20.10-overlay2", "docker-29.7-containerd", "podman-4.3"])
  func surveyWithASpoiledListNeverBelievesAnEmptyOne(_ name: String) async throws {
    let recorded = try RecordedEngine(name)
    let lists = [
      "/containers/json": "ctrs-all", "/images/json": "imgs?all=1", "/volumes": "vols",
    ]
    let counting = try Self.counting(try #require(recorded.records["info"]?.reply))
    var mutation = ReplyMutation(random: SeededGenerator(seed: Self.seed))
    for round in 0..<max(Self.emptyLists.count * 3, Self.rounds / 40) {
      let paths = lists.keys.sorted()
      let path = round < Self.emptyLists.count * 3 ? paths[round % 3] : mutation.random.pick(paths)
      var reply = try #require(lists[path].flatMap { recorded.records[$0]?.reply })
      reply.body =
        round < Self.emptyLists.count * 3
        ? Self.emptyLists[round / 3]
        : String(decoding: mutation.spoil(Data(reply.body.utf8)), as: UTF8.self)
      let spoiled = reply
      let stub = try recorded.stub { request in
        let asked = request.unversionedPath
        return asked == path ? spoiled : asked == "/info" ? counting : nil
      }
      defer { stub.close() }
      do {
        let snapshot = try await stub.client()
          .survey(knowing: .nothing, at: Timestamp(seconds: 1)).snapshot
        let isEmpty =
          switch path {
          case "/containers/json": snapshot.containers.isEmpty
          case "/images/json": snapshot.images.isEmpty
          // No engine counts its volumes: it may say that there is none, in so many words.
          default: snapshot.volumes.isEmpty && !reply.body.contains(#""Volumes":"#)
          }
        #expect(!isEmpty, "BALAI_FUZZ_SEED=\(Self.seed), round \(round): \(path) \(reply.body)")
      } catch is EngineError {
      }
    }
  }

  /// It was recorded before there was anything to count.
  private static func counting(_ info: StubReply) throws -> StubReply {
    var info = info
    let json = try JSONSerialization.jsonObject(with: Data(info.body.utf8)) as? [String: Any]
    let counts: [String: Any] = ["Containers": 7, "Images": 9]
    info.body = String(
      decoding: try JSONSerialization.data(
        withJSONObject: (json ?? [:]).merging(counts, uniquingKeysWith: { $1 })), as: UTF8.self)
    return info
  }

  private static let emptyLists = [
    "[]", "null", "{}", "", " ", "[{}]", #"{"Volumes":null}"#, #"{"Warnings":null}"#, "0", "\"\"",
  ]
}
