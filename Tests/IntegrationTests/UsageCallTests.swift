import Foundation
import Inventory
import TestSupport
import Testing

/// An engine that Balai cannot read the files of is asked to walk its disk once for a result.
struct UsageCallTests {
  private func balai(
    _ arguments: String..., on contents: FakeEngine.Contents
  ) async throws -> (run: ProcessRun, walks: Int) {
    let stub = try FakeEngine(contents).stub()
    defer { stub.close() }
    let state = FileManager.default.temporaryDirectory
      .appendingPathComponent("balai-usage-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: state) }
    let policy = state.appendingPathComponent("policy.yaml")
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    try """
    version: 1
    grace: 0s
    stop:
      containers: [{all: true}]
    remove:
      containers: [{all: true}]
      volumes: [{name: "*"}]
      build-cache: [{all: true}]

    """.write(to: policy, atomically: true, encoding: .utf8)
    let run = try await BalaiCommand.run(
      arguments.map { $0 == "POLICY" ? policy.path : $0 },
      environment: [
        "DOCKER_HOST": "unix://\(stub.socketPath)", "BALAI_STATE_DIR": state.path,
      ])
    return (run, stub.calls.count { $0.hasSuffix("/system/df") })
  }

  private var store: FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    contents.images["sha256:a"] = FakeEngine.Picture(tags: ["a:1"])
    contents.volumes["data"] = Volume(name: "data", size: 7)
    contents.buildCache["recordrecordrecord"] = BuildCacheRecord(
      id: "recordrecordrecord", type: "regular", size: 10)
    return contents
  }

  @Test func planOfVolumesAndBuildCacheAsksForSizesOnce() async throws {
    let (run, walks) = try await balai("plan", "-p", "POLICY", on: store)
    #expect(run.status == 0 && run.output.contains("17B"), "\(run.output)\(run.errors)")
    #expect(walks == 1)
  }

  @Test func volumeThatGoesWithItsContainerIsMeasuredToo() async throws {
    var contents = store
    let anonymous = String(repeating: "0a", count: 32)
    contents.volumes = [anonymous: Volume(name: anonymous, size: 7)]
    contents.buildCache = [:]
    var passing = FakeEngine.Box(name: "passing", image: "sha256:a", state: "running")
    (passing.volumes, passing.autoRemove) = ([anonymous], true)
    contents.containers["passing"] = passing
    let (run, walks) = try await balai("plan", "-p", "stop-rm-rmi", on: contents)
    #expect(run.status == 0 && run.output.contains("would free 8B"), "\(run.output)\(run.errors)")
    #expect(walks == 1)
  }

  @Test func logsThatNobodyCouldReadHaveNoFigure() async throws {
    var contents = store
    contents.containers["c"] = FakeEngine.Box(name: "c", image: "sha256:a", state: "exited")
    let table = try await balai("df", "-v", on: contents).run.output
    let logs = try #require(table.split(separator: "\n").first { $0.hasPrefix("Logs") })
    #expect(logs.split(separator: " ").dropFirst() == ["N/A", "N/A", "N/A", "N/A"])
  }

  @Test func sizesThatNoDiskHoldsEndNoRun() async throws {
    var contents = store
    for name in ["b", "c"] {
      contents.images["sha256:" + name] = FakeEngine.Picture(tags: [name + ":1"])
      contents.images["sha256:" + name]?.layers = [(diff: name, size: .max)]
    }
    contents.buildCache["recordrecordrecord"]?.isShared = true
    for command in ["plan", "df"] {
      let run = try await balai(command, "-p", "POLICY", on: contents).run
      #expect(run.status == 0, "\(run.output)\(run.errors)")
    }
    let images = try await balai("plan", "-p", "stop-rm-rmi", on: contents).run
    #expect(images.status == 0, "\(images.output)\(images.errors)")
  }
}
