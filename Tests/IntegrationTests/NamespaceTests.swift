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

  /// The name of the one that lives in it comes later, so that names alone would give the wrong order.
  @Test func containerGoesAfterTheOneInItsNamespace() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      for (name, network) in [("a1", "none"), ("b1", "container:a1"), ("c1", "container:a1")] {
        try await engine.docker(
          "run", "--detach", "--name", name, "--network", network, "base:1", "sleep", "99999")
      }
      let swept = try await BalaiCommand(engine: engine)("prune", "-f", "-p", "stop-rm-rmi")
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      for event in ["die", "destroy"] {
        let names = try await engine.docker(
          "events", "--since", "1", "--until", "\(Int(Date().timeIntervalSince1970) + 1)",
          "--filter", "type=container", "--filter", "event=\(event)",
          "--format", "{{.Actor.Attributes.name}}")
        #expect(names.split(separator: "\n").last == "a1", "\(event): \(names)")
      }
    }
  }
}
