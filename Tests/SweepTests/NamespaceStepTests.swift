import Inventory
import Plan
import Sweep
import TestSupport
import Testing

/// A container in whose namespaces another one lives goes after that one, or stays with it.
struct NamespaceStepTests {
  private static let guest = "remove-container guest"
  private static let owner = "remove-container owner"

  private func host() -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    contents.images["sha256:app"] = FakeEngine.Picture(tags: ["app:1"])
    contents.containers["owner"] = FakeEngine.Box(
      name: "owner", image: "sha256:app", state: "exited")
    contents.containers["guest"] = FakeEngine.Box(
      name: "guest", image: "sha256:app", state: "exited")
    return contents
  }

  /// - Parameter inEachOthers: whether the owner lives in a namespace of its guest too.
  private func sweep(_ bench: SweepBench, inEachOthers: Bool = false) async throws -> SweepResult {
    var seen = try await bench.snapshot()
    for place in seen.containers.indices {
      if seen.containers[place].name == "guest" {
        seen.containers[place].hosts = [.network: ContainerID("owner")]
      } else if inEachOthers {
        seen.containers[place].hosts = [.pid: ContainerID("guest")]
      }
    }
    return try await bench.carryOut(try await bench.plan(seeing: seen), seeing: seen)
  }

  @Test func containerStaysWhereTheOneInItsNamespaceDidNotGo() async throws {
    let bench = try await SweepBench(host())
    bench.fake.change { $0.faults["DELETE /containers/guest"] = .error(500, "driver failed") }
    let result = try await sweep(bench)
    #expect(result.outcomes[Self.guest] == .failed("driver failed"))
    #expect(result.outcomes[Self.owner] == .inUse("container 'guest' uses a namespace of it"))
    #expect(bench.fake.now.containers.keys.sorted() == ["guest", "owner"])
  }

  @Test func containerGoesAfterTheOneInItsNamespace() async throws {
    let bench = try await SweepBench(host())
    let result = try await sweep(bench)
    #expect(result.run.steps.allSatisfy { $0.outcome == .done }, "\(result.outcomes)")
    let removals = result.run.steps.filter { $0.action == .removeContainer }.map(\.title)
    #expect(removals == ["guest", "owner"])
  }

  @Test func containersInEachOthersNamespacesGo() async throws {
    let bench = try await SweepBench(host())
    let result = try await sweep(bench, inEachOthers: true)
    #expect(bench.fake.now.containers.isEmpty, "\(result.outcomes)")
  }
}
