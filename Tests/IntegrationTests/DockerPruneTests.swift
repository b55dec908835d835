import Foundation
import TestSupport
import Testing

/// `balai plan -a --volumes --filter …` lists what `docker system prune` with these flags removes.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct DockerPruneTests {
  static let flags: [[String]] = [
    ["-a", "--volumes", "--filter", "label!=keep"],
    ["--volumes"],
    ["-a", "--filter", "until=-1h"],
    ["--filter", "label=team"],
    ["-a", "--volumes", "--filter", "label=team=red", "--filter", "label!=keep"],
    ["-a", "--filter", "until=10h", "--filter", "label!=keep", "--filter", "label!=team=red"],
  ]

  /// The ids of all that a prune can take, and the names of volumes.
  private static func objects(of engine: RealEngine) async throws -> Set<String> {
    var all: Set<String> = []
    for list in [
      ["ps", "-aq", "--no-trunc"], ["images", "-aq", "--no-trunc"], ["volume", "ls", "-q"],
      ["network", "ls", "-q", "--no-trunc"],
      ["system", "df", "-v", "--format", "{{range .BuildCache}}{{println .ID}}{{end}}"],
    ] {
      all.formUnion(try await engine.docker(list).split(separator: "\n").map(String.init))
    }
    return all
  }

  /// What an engine may take and Balai does not: before 23.0 `--volumes` takes named volumes too; and
  /// without `-a` a record goes that only images hold which the same prune removes.
  private static func exceptions(on engine: RealEngine) async throws -> Set<String> {
    let volumes = try await engine.docker("volume", "ls", "-q").split(separator: "\n")
    let shared = try await engine.docker(
      "system", "df", "-v", "--format",
      "{{range .BuildCache}}{{if eq .Shared \"true\"}}{{println .ID}}{{end}}{{end}}")
    return Set(volumes.filter { $0.utf8.count != 64 }.map(String.init))
      .union(shared.split(separator: "\n").map(String.init))
  }

  private static func fill(_ engine: RealEngine, seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let store = StoreBuilder(filling: engine)
    try await store.fill(RandomStore(images: 5, containers: 2, using: &random))
    let labels = [[], ["keep"], ["team=red"], ["team=blue"], ["team=red", "keep=1"]]
    var images: [String] = []
    for number in 0..<4 {
      let steps = random.pick(labels).map { label -> StoreBuilder.BuildStep in
        let parts = label.split(separator: "=").map(String.init)
        return .label(parts[0], parts.count > 1 ? parts[1] : "yes")
      }
      let name = random.chance(oneIn: 3) ? nil : "labelled\(number):1"
      let base = random.chance(oneIn: 2) ? images.last ?? "app0:1" : "app0:1"
      try await store.tagBase(ifMissing: base)
      images.append(
        try await store.image(name, from: base, [.file("/l\(number)", size: 100)] + steps).rawValue)
    }
    for life in [StoreBuilder.ContainerLife.created, .exited, .exited, .running, .paused] {
      try await store.container(
        life, of: random.pick(images), labels: random.pick(labels),
        volumes: random.pick([[], ["/anonymous"], ["named:/data", "/other"]]))
    }
    for number in 0..<2 {
      let options = random.pick(labels).flatMap { ["--label", $0] }
      try await engine.docker(["volume", "create"] + options + ["volume\(number)"])
      try await engine.docker(["volume", "create"] + options)
      try await engine.docker(["network", "create", "--internal"] + options + ["net\(number)"])
    }
    try await store.image("kit:1", from: "app0:1", [.file("/kit", size: 50)], buildKit: true)
    try await store.image(nil, from: "app0:1", [.file("/kat", size: 50)], buildKit: true)
  }

  @Test(arguments: flags.indices)
  func planListsWhatDockersSystemPruneRemoves(index: Int) async throws {
    let flags = Self.flags[index]
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await Self.fill(engine, seed: UInt64(index))
      let before = try await Self.objects(of: engine)
      let excepted = try await Self.exceptions(on: engine)
      let plan = try await ProcessRun.of(
        BalaiCommand.binary.path, ["plan", "-q", "--no-trunc"] + flags,
        environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory])
      #expect(plan.status == 0, "\(plan.errors)")
      let planned = Set(plan.output.split(separator: "\n").map(String.init))
      #expect(planned.isSubset(of: before), "\(planned.subtracting(before))")
      let said = try await engine.docker(["system", "prune", "-f"] + flags)
      let removed = before.subtracting(try await Self.objects(of: engine))
      // Networks leave bridges on the machine that do not go with the engine.
      let networks = try await engine.docker("network", "ls", "-q", "--filter", "type=custom")
      for network in networks.split(separator: "\n") {
        _ = try? await engine.docker("network", "rm", String(network))
      }
      let onlyPlanned = planned.subtracting(removed).sorted().joined(separator: " ")
      let onlyRemoved = removed.subtracting(planned).subtracting(excepted).sorted()
        .joined(separator: " ")
      #expect(onlyPlanned.isEmpty, "\(said)")
      #expect(onlyRemoved.isEmpty, "\(said)")
      #expect(removed.isEmpty == flags.contains("until=10h"))
    }
  }
}

extension StoreBuilder {
  fileprivate func tagBase(ifMissing name: String) async throws {
    if !name.hasPrefix("sha256:"), try await engine.docker("images", "-q", name).isEmpty {
      try await base(name)
    }
  }
}
