import Inventory
import Plan
import Sweep
import TestSupport
import Testing

/// A container in whose namespaces another one lives goes after that one, or stays with it.
struct NamespaceStepTests {
  private static let guest = "remove-container guest"
  private static let owner = "remove-container owner"

  private func host(_ state: String = "exited") -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    contents.images["sha256:app"] = FakeEngine.Picture(tags: ["app:1"])
    contents.containers["owner"] = FakeEngine.Box(
      name: "owner", image: "sha256:app", state: state)
    contents.containers["guest"] = FakeEngine.Box(
      name: "guest", image: "sha256:app", state: state)
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

  @Test func containerGoesOnRunningWhereTheOneInItsNamespaceDoes() async throws {
    let bench = try await SweepBench(host("running"))
    bench.fake.change { $0.faults["POST /containers/guest/stop"] = .error(500, "cannot kill it") }
    let result = try await sweep(bench)
    #expect(result.outcomes["stop owner"] == .inUse("container 'guest' uses a namespace of it"))
    #expect(bench.fake.now.containers.values.map(\.state) == ["running", "running"])
  }

  @Test func containerThatALaterOneLivesInIsNotStopped() async throws {
    var contents = host("running")
    contents.containers["guest"] = nil
    let bench = try await SweepBench(contents)
    let plan = try await bench.plan()
    bench.fake.change {
      $0.containers["late"] = FakeEngine.Box(name: "late", image: "sha256:app", state: "running")
    }
    var seen = try await bench.snapshot()
    for place in seen.containers.indices where seen.containers[place].name == "late" {
      seen.containers[place].hosts = [.network: ContainerID("owner")]
    }
    let result = try await bench.carryOut(plan, seeing: seen)
    #expect(result.outcomes["stop owner"] == .inUse("container 'late' uses a namespace of it"))
    #expect(result.outcomes[Self.owner] == .notTried("it was not stopped"))
    #expect(bench.fake.now.containers["owner"]?.state == "running")
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
