import Foundation
import TestSupport
import Testing

/// Images that a digest holds: pulled by digest, or pushed and then untagged.
@Suite(.enabled(if: RealRegistry.isAvailable, "there is no engine or no docker-registry"))
struct PinnedByDigestTests {
  /// The digest that a registry knows a pushed image by.
  private func push(_ name: String, _ engine: RealEngine) async throws -> String {
    try await engine.docker("push", name)
    let repository = name.split(separator: ":").dropLast().joined(separator: ":")
    let digests = try await engine.docker(
      "inspect", "--format", "{{join .RepoDigests \"\\n\"}}", name)
    return try #require(digests.split(separator: "\n").first { $0.hasPrefix(repository + "@") })
      .description
  }

  @Test func imagesHeldByDigestsGoWithoutForce() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let registry = try await RealRegistry.start(beside: engine)
      try await store.base("base:1")
      let names = ["one", "two", "three"].map { "\(registry.address)/\($0):1" }
      for name in names { try await store.commit(name, from: "base:1", size: 100) }
      // One that only its digest holds.
      let digest = try await push(names[0], engine)
      try await engine.docker("rmi", names[0])
      try await engine.docker("pull", digest)
      // One with a tag, and a digest of another repository in which it has no tag any more.
      _ = try await push(names[1], engine)
      try await store.tag(names[1], as: "local:1")
      try await store.tag(names[1], as: "local:2")
      try await engine.docker("rmi", "--no-prune", names[1])
      // One with digests of two repositories and no tag at all.
      _ = try await push(names[2], engine)
      let other = "\(registry.address)/other:1"
      try await store.tag(names[2], as: other)
      _ = try await push(other, engine)
      #expect(try await engine.docker("images", "-q", "--digests").isEmpty == false)

      let swept = try await BalaiCommand(engine: engine)("prune", "-p", "stop-rm-rmi", "-f")
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try await engine.docker("images", "-aq") == "")
      #expect(try engine.layerStoreBytes() == 0)
    }
  }

  @Test func imageUsedByAContainerKeepsItsDigest() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let registry = try await RealRegistry.start(beside: engine)
      let name = "\(registry.address)/base:1"
      try await store.base(name)
      let digest = try await push(name, engine)
      try await engine.docker("rmi", name)
      try await engine.docker("pull", digest)
      try await store.container(.exited, of: digest)
      let file = engine.directory + "/policy.yaml"
      try "version: 1\ngrace: 0s\nremove:\n  images:\n    - all: true\n"
        .write(toFile: file, atomically: true, encoding: .utf8)
      let swept = try await BalaiCommand(engine: engine)("prune", "-p", file, "-f")
      #expect(swept.status == 0)
      #expect(try await engine.docker("images", "-q", "--digests") != "")
      let digests = try await engine.docker("images", "--digests", "--format", "{{.Digest}}")
      #expect(digest.hasSuffix(digests))
    }
  }
}
