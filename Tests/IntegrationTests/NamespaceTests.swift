import Foundation
import TestSupport
import Testing

/// A container that others live in is in use.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct NamespaceTests {
  @Test(arguments: ["--network", "--pid", "--ipc"])
  func containerStaysWhileAnotherUsesItsNamespace(option: String) async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      let create = ["create", "--name"]
      try await engine.docker(
        create + ["x2", "--network", "none", "--ipc", "shareable", "base:1", "sleep", "99999"])
      let none = option == "--network" ? [] : ["--network", "none"]
      try await engine.docker(create + ["y2"] + none + [option, "container:x2", "base:1", "x"])
      let file = engine.directory + "/policy.yaml"
      try "version: 1\ngrace: 0s\nremove: {containers: [{name: x2}]}\n"
        .write(toFile: file, atomically: true, encoding: .utf8)
      // The second time the index tells it, and no inspect.
      for _ in 0..<2 {
        let swept = try await balai("prune", "-f", "-p", file)
        #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
        let left = try await engine.docker("ps", "-a", "--format", "{{.Names}}")
        #expect(left.split(separator: "\n").sorted() == ["x2", "y2"])
      }
      let explained = try await balai("explain", "container:x2", "-p", file)
      #expect(explained.output.contains("container 'y2' uses its"), "\(explained.output)")
      try await engine.docker("rm", "y2")
      let swept = try await balai("prune", "-f", "-p", file)
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try await engine.docker("ps", "-aq") == "")
    }
  }
}
