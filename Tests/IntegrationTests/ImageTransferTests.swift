import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

/// What is saved, loaded, pulled and copied on a real engine is the same afterwards.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct ImageTransferTests {
  private func client(_ engine: RealEngine) async throws -> EngineClient {
    try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
  }

  /// All that an image is, but for what the engine adds: parent, digests, time of the last tag.
  private func portrait(of image: String, _ engine: RealEngine) async throws -> String {
    let format = "{{.Id}} {{json .RepoTags}} {{json .RootFS}} {{json .Config}} {{.Created}}"
    let line = "{{.CreatedAt}} {{.CreatedBy}} {{.Size}} {{.Comment}}"
    return try await engine.docker("image", "inspect", "--format", format, image) + "\n"
      + (try await engine.docker("history", "--no-trunc", "--format", line, image))
  }

  @Test func savedImageComesBackAsItWas() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let id = try await store.image(
        "a/b:1", from: "base:1", [.file("/x", size: 3_000_000), .label("k", "v")])
      try await store.tag("a/b:1", as: "a/b:2")
      try await store.tag("a/b:1", as: "127.0.0.1:5/c:3")
      let client = try await client(engine)
      let before = try await portrait(of: id.rawValue, engine)
      let names = try #require(try await client.image(id.rawValue)).references
      #expect(names.count == 3)

      let archive = ScratchFile(engine)
      try await client.save(id, references: names, into: archive.append)
      #expect(try archive.size > 3_000_000)
      try await engine.docker(["rmi", "--no-prune"] + names)
      try await engine.docker("rmi", "base:1")
      #expect(try await client.image(id.rawValue) == nil)

      try await client.load(archive.handle(), named: archive.path)
      #expect(try await portrait(of: id.rawValue, engine) == before)
    }
  }

  @Test func imageWithoutANameComesBackWithoutOne() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let id = try await store.base(nil, size: 5000)
      let client = try await client(engine)
      let before = try await portrait(of: id.rawValue, engine)
      let archive = ScratchFile(engine)
      try await client.save(id, references: [], into: archive.append)
      _ = try await client.removeImage(id.rawValue)
      #expect(try await client.image(id.rawValue) == nil)
      try await client.load(archive.handle(), named: archive.path)
      #expect(try await portrait(of: id.rawValue, engine) == before)
    }
  }

  @Test func nameOfAnotherImageIsNotSaved() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let id = try await store.base("a:1")
      try await store.base("b:1")
      let client = try await client(engine)
      await #expect(throws: EngineError.nameMoved("b:1", from: id.rawValue)) {
        try await client.save(id, references: ["a:1", "b:1"]) { _ in }
      }
    }
  }

  @Test func tarThatIsTooLargeEndsAtTheLimit() async throws {
    try await RealEngine.with { engine in
      let id = try await StoreBuilder(filling: engine).base("a:1", size: 5_000_000)
      let archive = ScratchFile(engine)
      let client = try await client(engine)
      await #expect(throws: EngineError.replyTooLarge(call: "GET /images/get", limit: 1_000_000)) {
        try await client.save(id, references: ["a:1"], atMost: 1_000_000, into: archive.append)
      }
      #expect(try archive.size <= 1_000_000)
    }
  }

  /// A tar that is cut off between two files: the engine says so only in the middle of its reply.
  @Test func tarThatEndsTooEarlyIsAnError() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let id = try await store.base("a:1", size: 2_000_000)
      let client = try await client(engine)
      let archive = ScratchFile(engine)
      try await client.save(id, references: ["a:1"], into: archive.append)
      _ = try await client.removeImage("a:1")
      for part in [2, 3, 50] {
        try archive.keep(archive.size * Int64(part - 1) / Int64(part))
        await #expect(throws: EngineError.self) {
          try await client.load(archive.handle(), named: archive.path)
        }
        #expect(try await client.image("a:1") == nil)
      }
    }
  }

  @Test func containerCommitsToAnImageWithWhatItWrote() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let container = try await store.container(.created, of: "base:1", writing: 4000)
      let client = try await client(engine)
      let id = try await client.commit(container, as: "kept/it:1")
      let image = try #require(try await client.image("kept/it:1"))
      #expect(image.id == id)
      #expect(image.references == ["kept/it:1"])
      try await client.tag(id, as: "127.0.0.1:5000/other:2")
      #expect(
        try await client.image(id.rawValue)?.references == ["127.0.0.1:5000/other:2", "kept/it:1"])
      await #expect(throws: EngineError.self) {
        try await client.tag(ImageID("sha256:" + String(repeating: "0", count: 64)), as: "no:1")
      }
    }
  }

  @Test func contentOfAVolumeMovesThroughAContainerThatNeverRuns() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let writer = try await store.container(
        .exited, of: "base:1", volumes: ["data:/data"],
        running: "mkdir /data/d; echo hello >/data/d/f; ln -s f /data/d/l")
      let reader = try await store.container(.created, of: "base:1", volumes: ["data:/data"])
      let client = try await client(engine)
      let archive = ScratchFile(engine)
      try await client.readFiles(of: reader, at: "/data/.", into: archive.append)
      for container in [writer, reader] { _ = try await client.removeContainer(container) }
      #expect(try await client.removeVolume("data") == .removed(untagged: [], deleted: []))

      try await engine.docker("volume", "create", "data")
      let filler = try await store.container(.created, of: "base:1", volumes: ["data:/data"])
      try await client.writeFiles(archive.handle(), named: archive.path, to: filler, at: "/data")
      let folder = engine.dataRoot + "/volumes/data/_data/d"
      #expect(try String(contentsOfFile: folder + "/f", encoding: .utf8) == "hello\n")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/l") == "f")
      await #expect {
        try await client.writeFiles(
          archive.handle(), named: archive.path, to: filler, at: "/nowhere")
      } throws: { error in
        if case EngineError.refused(_, 404, _) = error { true } else { false }
      }
    }
  }

  /// The engine refuses before it has read what it is sent, and then hangs up.
  @Test func refusalOfALargeUploadIsHeard() async throws {
    try await RealEngine.with { engine in
      let client = try await client(engine)
      let archive = ScratchFile(engine)
      try archive.keep(200_000_000)
      let nobody = ContainerID(String(repeating: "a", count: 64))
      await #expect {
        try await client.writeFiles(archive.handle(), named: archive.path, to: nobody, at: "/")
      } throws: { error in
        if case EngineError.refused(_, 404, _) = error { true } else { false }
      }
    }
  }

  @Test func sameEngineIsWaitedForOverACrash() async throws {
    try await RealEngine.with { engine in
      let client = try await client(engine)
      try await engine.kill()
      #expect(await client.waitUntilBack(within: .milliseconds(200)) == false)
      async let isBack = client.waitUntilBack(within: .seconds(120))
      try await engine.restart()
      #expect(await isBack)
      #expect(try await client.images().isEmpty)
      try await engine.restart()
      #expect(await client.waitUntilBack(within: .seconds(60)))
    }
  }
}

/// What a registry holds comes back by its digest.
@Suite(.enabled(if: RealRegistry.isAvailable, "there is no engine or no docker-registry"))
struct RegistryPullTests {
  @Test func pushedImageComesBackByItsDigest() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let registry = try await RealRegistry.start(beside: engine)
      let name = "\(registry.address)/team/app:1"
      let id = try await store.base(name, size: 100_000)
      try await engine.docker("push", name)
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      let digest = try #require(try await client.image(name)?.digests.first)
      #expect(try await client.registryHolds(digest, authorization: nil) == .holds)
      for _ in 0..<2 { _ = try await client.removeImage(digest) }
      _ = try await client.removeImage(name)
      #expect(try await client.image(id.rawValue) == nil)

      try await client.pull(digest, authorization: nil)
      let back = try #require(try await client.image(id.rawValue))
      #expect(back.digests == [digest])
      #expect(back.references == [])

      let missing = digest.prefix { $0 != "@" } + "@sha256:" + String(repeating: "1", count: 64)
      #expect(try await client.registryHolds(String(missing), authorization: nil) == .lacks)
      await #expect(throws: EngineError.self) {
        try await client.pull(String(missing), authorization: nil)
      }
      let nobody = "127.0.0.1:1/app@sha256:" + String(repeating: "1", count: 64)
      guard case .unreachable = try await client.registryHolds(nobody, authorization: nil) else {
        Issue.record("nobody holds it")
        return
      }
    }
  }
}

/// A file in an engine's directory that pieces are added to.
private struct ScratchFile: Sendable {
  let path: String

  init(_ engine: RealEngine) {
    path = "\(engine.directory)/scratch-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: path, contents: nil)
  }

  var append: @Sendable (Data) async throws -> Void {
    { piece in
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: piece)
    }
  }

  func handle() throws -> FileHandle {
    try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
  }

  var size: Int64 {
    get throws {
      (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? -1
    }
  }

  func keep(_ count: Int64) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    try handle.truncate(atOffset: UInt64(count))
  }
}
