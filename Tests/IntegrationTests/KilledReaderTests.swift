import Foundation
import Plan
import TestSupport
import Testing

/// A command that only looks can be killed at any moment, too: nothing that was known is forgotten.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct KilledReaderTests {
  /// Some moments from the start of a process, in ms: before, in and after its work.
  private static let moments = [20, 60, 120, 200]

  private func firstSeen(_ balai: BalaiCommand) async throws -> [String: String] {
    struct Document: Decodable {
      struct Image: Decodable {
        let id: String
        let firstSeen: String
      }
      let images: [Image]
    }
    let run = try await balai("images", "--format", "json")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    let images = try JSONDecoder().decode(Document.self, from: Data(run.output.utf8)).images
    return Dictionary(images.map { ($0.id, $0.firstSeen) }) { first, _ in first }
  }

  private func indexes(_ balai: BalaiCommand) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: balai.stateDirectory)
      .filter { $0.contains("damaged") }
  }

  @Test func indexThatWasKilledForgetsNothing() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1", size: 10)
      let balai = BalaiCommand(engine: engine)
      var known: [String: String] = [:]
      var kills = 0
      func look(_ place: String, _ killed: ProcessRun) async throws -> Bool {
        let next = try await balai("index")
        #expect(next.status == 0 && next.errors.isEmpty, "\(place): \(next.errors)")
        #expect(try indexes(balai).isEmpty, "\(place)")
        let now = try await firstSeen(balai)
        for (image, seen) in known { #expect(now[image] == seen, "\(place): \(image)") }
        known = now
        guard killed.status == BalaiCommand.killed else {
          #expect(killed.status == 0, "\(place): \(killed.errors)")
          return false
        }
        kills += 1
        return true
      }
      var write = 1
      while true {
        // Something new to write, each time.
        try await store.commit("app:\(write)", from: "base:1", size: 10)
        let killed = try await balai.killed(atWrite: write, "index")
        guard try await look("killed at write \(write)", killed) else { break }
        write += BalaiCommand.killStep(otherwise: 7)
      }
      for moment in Self.moments {
        try await store.commit("late:\(moment)", from: "base:1", size: 10)
        _ = try await look(
          "killed after \(moment) ms",
          try await balai.killed(afterMilliseconds: moment, "index"))
      }
      #expect(kills > 3, "\(kills) kills")
    }
  }

  @Test func planThatWasKilledLeavesItsFileWholeOrAsItWas() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1", size: 10)
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let file = engine.directory + "/plan.json"
      let everything = try await engine.everything()
      var kills = 0
      func look(_ place: String, _ killed: ProcessRun, over old: Data?) async throws -> Bool {
        let now = FileManager.default.contents(atPath: file)
        if now != old {
          #expect(throws: Never.self, "\(place)") { try RemovalPlan(readingFile: file) }
        }
        let next = try await balai("plan")
        #expect(next.status == 0 && next.errors.isEmpty, "\(place): \(next.errors)")
        #expect(try indexes(balai).isEmpty, "\(place)")
        guard killed.status == BalaiCommand.killed else {
          #expect(killed.status == 0 && now != old, "\(place): \(killed.errors)")
          return false
        }
        kills += 1
        return true
      }
      for old in [nil, Data("as it was\n".utf8)] {
        // The plan's own writes, all of them, and then those of the index.
        for (isPlain, step) in [(true, 1), (false, BalaiCommand.killStep(otherwise: 9))] {
          var write = 1
          while true {
            try? FileManager.default.removeItem(atPath: file)
            try old?.write(to: URL(fileURLWithPath: file))
            let killed = try await balai.killed(
              atWrite: write, isPlain: isPlain, "plan", "-o", file)
            guard try await look("killed at write \(write)", killed, over: old) else { break }
            write += step
          }
        }
        for moment in Self.moments {
          try? FileManager.default.removeItem(atPath: file)
          try old?.write(to: URL(fileURLWithPath: file))
          let killed = try await balai.killed(afterMilliseconds: moment, "plan", "-o", file)
          _ = try await look("killed after \(moment) ms", killed, over: old)
        }
      }
      #expect(kills > 3, "\(kills) kills")
      #expect(try await engine.everything() == everything)
    }
  }
}
