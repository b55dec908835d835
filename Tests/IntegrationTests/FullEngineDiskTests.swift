import Foundation
import TestSupport
import Testing

/// The disk that engine and index share is full to the last byte and the last inode: what a sweep is
/// called for.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct FullEngineDiskTests {
  private func fill(_ folder: String) async throws {
    let run = try await ProcessRun.of(
      "/bin/sh",
      [
        "-c",
        """
        mkdir -p '\(folder)/filler' && cd '\(folder)/filler' || exit 1
        for size in 1G 100M 10M 1M 100K; do
          i=0
          while fallocate -l $size "$size-$i" 2>/dev/null; do i=$((i + 1)); done
        done
        cat /dev/zero >rest 2>/dev/null
        seq 200000 | xargs touch 2>/dev/null
        cat /dev/zero >>rest 2>/dev/null
        ! touch more 2>/dev/null
        """,
      ])
    try #require(run.status == 0, "\(run.errors)")
  }

  @Test(arguments: [true, false])
  func fullDiskOfTheEngineIsSwept(knowsTheEngine: Bool) async throws {
    try await RealEngine.with(ownDisk: true) { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1", size: 1_000_000)
      try await store.commit("app:1", from: "base:1", size: 100_000)
      try await store.container(.running, of: "app:1", named: "web", volumes: ["data:/data"])
      try await store.container(.exited, of: "base:1", named: "job", writing: 1000)
      let environment = [
        "DOCKER_HOST": engine.host, "BALAI_STATE_DIR": engine.dataRoot + "/balai-state",
      ]
      if knowsTheEngine {
        #expect(try await BalaiCommand.run(["index"], environment: environment).status == 0)
      }
      try await fill(engine.dataRoot)
      let swept = try await BalaiCommand.run(
        ["prune", "-f", "-p", "stop-rm-rmi"], environment: environment)
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try await engine.everything().isEmpty, "\(swept.output)")
      let history = try await BalaiCommand.run(["history", "1"], environment: environment)
      #expect(history.status == 0 && history.output.contains("done"), "\(history)")
      #expect(!history.output.contains("not tried") && !history.output.contains("failed"))
    }
  }
}
