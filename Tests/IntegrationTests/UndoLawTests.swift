import Engine
import Foundation
import Inventory
import Plan
import TestSupport
import Testing

/// The undo of a sweep of a random store gives back all that the plan called restorable or archived.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoLawTests {
  private static let seeds: [UInt64] = {
    let count = ProcessInfo.processInfo.environment["BALAI_UNDO_SEEDS"].flatMap { UInt64($0) } ?? 2
    return Array(1...max(1, count))
  }()

  private static let policy = """
    version: 1
    grace: 0s
    stop: {containers: [{all: true}]}
    remove:
      containers: [{all: true}]
      images: [{all: true}]
      volumes: [{anonymous: true}, {name: "*"}]
    archive: {images: all, writable-layers: true, volumes: true}
    stop-timeout: 1s
    """

  private struct Store {
    var images: [ImageID: [String]] = [:]
    var containers: [String: String] = [:]
    var volumes: Set<String> = []

    init(_ client: EngineClient) async throws {
      for image in try await client.images() { images[image.id] = image.references }
      for container in try await client.containers() {
        containers[container.name] = try await client.description(of: container.id)
      }
      let listed = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 0))
      volumes = Set(listed.snapshot.volumes.map(\.name))
    }
  }

  @Test(arguments: seeds)
  func sweptStoreComesBack(seed: UInt64) async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await DiskStore(seed: seed, images: 8, containers: 6).fill(engine)
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      let file = engine.directory + "/policy.yaml"
      try Self.policy.write(toFile: file, atomically: true, encoding: .utf8)
      let before = try await Store(client)
      let planned = try await balai("plan", "-p", file, "-o", engine.directory + "/plan.json")
      #expect(planned.status == 0, "\(planned.errors)")
      let plan = try RemovalPlan(readingFile: engine.directory + "/plan.json")
      let lost = Set(plan.steps.filter(\.restorability.isLost).map(\.object))

      let swept = try await balai("prune", "-f", engine.directory + "/plan.json")
      #expect(swept.status == 0, "seed \(seed): \(swept.output)\(swept.errors)")
      let gone = try await Store(client)
      #expect(gone.containers.isEmpty && gone.images.isEmpty, "seed \(seed)")
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "seed \(seed): \(undone.output)\(undone.errors)")

      let after = try await Store(client)
      for (id, references) in before.images where !lost.contains(.image(id)) {
        #expect(after.images[id] == references, "seed \(seed): \(id) \(references)")
      }
      for (name, description) in before.containers {
        try await check(name, description, after.containers[name], lost, engine, seed)
      }
      #expect(before.volumes.isSubset(of: after.volumes), "seed \(seed)")
    }
  }

  private func check(
    _ name: String, _ before: String, _ after: String?, _ lost: Set<ObjectID>,
    _ engine: RealEngine, _ seed: UInt64
  ) async throws {
    var recipe = try ContainerRecipe(describedBy: before)
    guard !lost.contains(.container(recipe.id)) else { return }
    let place = "seed \(seed): \(name)"
    guard let after else {
      Issue.record("\(place) is not back")
      return
    }
    let now = try ContainerRecipe(describedBy: after)
    // One that had written something comes back from the image it was committed to.
    if now.imageID != recipe.imageID { recipe = recipe.creating(from: now.imageID) }
    #expect(recipe.differences(from: after).isEmpty, "\(place): \(recipe.differences(from: after))")
    let wasActive = recipe.wasRunning || recipe.wasPaused
    #expect((now.wasRunning || now.wasPaused) == wasActive, "\(place)")
    if !wasActive { try await engine.docker("start", name) }
  }
}
