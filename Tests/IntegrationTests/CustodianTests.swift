import Foundation
import TestSupport
import Testing

/// `policies/docker-custodian.yaml` selects what docker-custodian removes. Where the two differ is in
/// the table of `docs/coming-from.md`; these tests hold it to that, and to nothing more.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct CustodianTests {
  /// Which options a call has beside the age of images.
  enum Call: UInt64, CaseIterable {
    case everything = 1
    case noVolumes
    case exclusions
    case imagesOnly
  }

  @Test(arguments: Call.allCases)
  func randomStoresAreSweptAsDockerCustodianSweepsThem(call: Call) async throws {
    var random = SeededGenerator(seed: call.rawValue)
    let store = RandomStore(images: 12, containers: 7, using: &random)
    let run = try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      try await builder.fill(store)
      for team in ["red", "blue"] {
        try await builder.base("\(team)/base:1")
        try await builder.container(.exited, of: "\(team)/base:1", labels: ["team=\(team)"])
      }
      try await builder.base("red/spare:1")
      let (options, policy) = try Self.options(of: call)
      let run = try await CustodianRun(on: engine, options, policy: policy.text)
      let left = try await engine.docker("images", "--format", "{{.Repository}}")
        .split(separator: "\n")
      #expect(left.contains("red/base") == (call == .exclusions || call == .imagesOnly))
      #expect(left.contains("red/spare") == (call == .exclusions))
      #expect(left.contains("blue/base") == (call == .imagesOnly))
      return run
    }
    #expect(!run.planned.images.isEmpty)
    #expect(run.planned.containers.isEmpty == (call == .imagesOnly))
    expectDocumentedDifferencesOnly(run, withVolumes: call != .noVolumes)
  }

  private static func options(of call: Call) throws -> ([String], CustodianPolicy) {
    var policy = try CustodianPolicy()
    try policy.withoutGrace()
    try policy.maxImageAge("0s")
    var options = ["--max-image-age", "0s"]
    if call == .imagesOnly {
      try policy.withoutMaxContainerAge()
    } else {
      try policy.maxContainerAge("0s")
      options += ["--max-container-age", "0s"]
    }
    if call != .noVolumes {
      try policy.danglingVolumes()
      options.append("--dangling-volumes")
    }
    if call == .exclusions {
      try policy.excludeContainerLabel("team=red")
      try policy.excludeImage("red/s*:?")
      options += ["--exclude-container-label", "team=red", "--exclude-image", "red/s*:?"]
    }
    return (options, policy)
  }

  /// Sets that are equal, so that neither more nor less than the documented differences is there.
  private func expectDocumentedDifferencesOnly(_ run: CustodianRun, withVolumes: Bool) {
    #expect(run.planned.containers == run.said.containers)
    #expect(run.planned.containers == run.did.containers)
    #expect(run.planned.images == run.did.images)
    #expect(
      run.planned.images.subtracting(run.said.images) == run.freedImages.union(run.unlistedImages))
    #expect(run.said.images.subtracting(run.planned.images) == run.strippedImages)
    #expect(run.said.volumes.isSubset(of: run.did.volumes))
    if withVolumes {
      #expect(run.planned.volumes == run.did.volumes)
      #expect(run.planned.volumes.subtracting(run.said.volumes) == run.freedVolumes)
    } else {
      // Removing a container, dcgc removes its anonymous volumes; this policy has no rule for any.
      #expect(run.planned.volumes.isEmpty && run.said.volumes.isEmpty)
      #expect(run.did.volumes.subtracting(run.freedVolumes).isEmpty)
    }
  }

  @Test func eachDocumentedDifferenceShows() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      let base = try await store.base("base:1").rawValue
      let kid = try await store.image("kid:1", from: "base:1", [.environment("A", "1")]).rawValue
      try await store.container(.running, of: "kid:1")
      let used = try await store.base("used:1").rawValue
      try await store.container(.exited, of: "used:1", volumes: ["/anonymous", "data:/data"])
      let built = try await store.image(
        "built:1", from: "used:1", [.environment("B", "1"), .environment("C", "1")]
      ).rawValue
      try await engine.docker("volume", "create", "loose")
      let (options, policy) = try Self.options(of: .everything)
      let run = try await CustodianRun(on: engine, options, policy: policy.text)
      expectDocumentedDifferencesOnly(run, withVolumes: true)
      #expect(run.said.images == [base, built])
      #expect(run.strippedImages == [base])
      #expect(run.freedImages == [used])
      #expect(run.unlistedImages.count == 1)
      #expect(run.planned.images == run.unlistedImages.union([used, built]))
      #expect(!run.planned.images.contains(kid))
      #expect(run.said.volumes == ["loose"])
      #expect(run.freedVolumes.count == 2 && run.planned.volumes.contains("data"))
    }
  }

  @Test func agesOfTheManualSelectTheSameImages() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("new:1")
      try await store.container(.exited, of: "new:1")
      let now = Date()
      let old = try await store.load("old:1", like: "new:1", created: now - 40 * 86_400)
      try await store.load("young:1", like: "new:1", created: now - 20 * 86_400)
      let dateless = try await store.load("dateless:1", like: "new:1", created: nil)
      var policy = try CustodianPolicy()
      try policy.withoutGrace()
      let options = ["--max-container-age", "3days", "--max-image-age", "30days"]
      let run = try await CustodianRun(on: engine, options, policy: policy.text)
      #expect(run.planned == CustodianRun.Selection(images: [old]))
      // A missing date is the year 1 to dcgc; Balai keeps what it does not know the age of.
      #expect(run.said == CustodianRun.Selection(images: [old, dateless]))
      #expect(run.did == run.said)
    }
  }

  @Test func shippedGraceSparesWhatIsNew() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("new:1")
      let old = try await store.load("old:1", like: "new:1", created: Date() - 40 * 86_400)
      let run = try await CustodianRun(
        on: engine, ["--max-image-age", "30days"], policy: try CustodianPolicy().text)
      #expect(run.said.images == [old])
      #expect(run.planned == CustodianRun.Selection())
    }
  }
}

extension StoreBuilder {
  /// Loads an image that differs from another one only in its build date; nil: it has none.
  @discardableResult
  fileprivate func load(
    _ name: String, like other: String, created: Date?
  ) async throws -> String {
    let folder = URL(fileURLWithPath: engine.directory)
      .appendingPathComponent("archive-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let archive = folder.path + ".tar"
    try await engine.docker("save", "--output", archive, other)
    try await tar(["-x"], archive, folder)
    let manifest = folder.appendingPathComponent("manifest.json")
    var entry = try #require(
      (JSONSerialization.jsonObject(with: Data(contentsOf: manifest)) as? [[String: Any]])?.first)
    let file = folder.appendingPathComponent(try #require(entry["Config"] as? String))
    var configuration = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    configuration["created"] = created.map { ISO8601DateFormatter().string(from: $0) }
    entry["RepoTags"] = [name]
    try JSONSerialization.data(withJSONObject: configuration).write(to: file)
    try JSONSerialization.data(withJSONObject: [entry]).write(to: manifest)
    try await tar(["-c"], archive, folder)
    try await engine.docker("load", "--input", archive)
    return try await engine.docker("inspect", "--format", "{{.Id}}", name)
  }

  private func tar(_ mode: [String], _ archive: String, _ folder: URL) async throws {
    let run = try await ProcessRun.of(
      "/bin/tar", mode + ["-C", folder.path, "-f", archive] + (mode == ["-c"] ? ["."] : []))
    guard run.status == 0 else { throw RealEngineError(attempt: "tar", reason: run.errors) }
  }
}
