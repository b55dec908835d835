import Foundation
import Inventory
import Plan
import ShippedPolicies
import TestSupport

/// docker-custodian and Balai side by side on one engine: what `dcgc --dry-run` says it would remove,
/// what Balai plans with the policy that took its place, and what dcgc really removes afterwards.
struct CustodianRun {
  /// Full ids, and names of volumes.
  struct Selection: Hashable {
    var containers: Set<String> = []
    var images: Set<String> = []
    var volumes: Set<String> = []
  }

  let said: Selection
  let planned: Selection
  let did: Selection
  /// The host before anything was removed, as the docker client tells it.
  let host: Host

  /// Runs both; what dcgc removes is gone afterwards.
  ///
  /// - Parameters:
  ///   - options: As dcgc has them, without `--dry-run`.
  ///   - policy: The text of the policy that stands for these options.
  init(on engine: RealEngine, _ options: [String], policy: String) async throws {
    host = try await Host(engine)
    let file = engine.directory + "/custodian.yaml"
    try policy.write(toFile: file, atomically: true, encoding: .utf8)
    let planFile = engine.directory + "/custodian.json"
    let run = try await BalaiCommand(engine: engine)("plan", "-p", file, "-o", planFile)
    guard run.status == 0 else { throw RealEngineError(attempt: "balai plan", reason: run.errors) }
    planned = Selection(try RemovalPlan(readingFile: planFile).steps.removed)
    said = try Self.selection(
      of: try await Self.dcgc(options + ["--dry-run"], on: engine), among: host)
    _ = try await Self.dcgc(options, on: engine)
    let left = try await Host(engine)
    did = Selection(
      containers: host.containers.subtracting(left.containers),
      images: host.images.subtracting(left.images),
      volumes: host.volumes.subtracting(left.volumes))
  }

  private static func dcgc(_ options: [String], on engine: RealEngine) async throws -> String {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("scripts/custodian").path
    let installed = try await ProcessRun.of(script, [])
    guard installed.status == 0 else {
      throw RealEngineError(attempt: "scripts/custodian", reason: installed.errors)
    }
    let program = installed.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let run = try await ProcessRun.of(program, options, environment: ["DOCKER_HOST": engine.host])
    guard run.status == 0, run.output.contains("Found") else {
      throw RealEngineError(attempt: "dcgc", reason: run.output + run.errors)
    }
    return run.output
  }

  /// Its log names containers and images by the first 16 characters of their id, `sha256:` included.
  private static func selection(of log: String, among host: Host) throws -> Selection {
    var selection = Selection()
    for line in log.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 2, words[0] == "Removing" else { continue }
      switch words[1] {
      case "container": selection.containers.insert(try only(words[2], host.containers))
      case "image": selection.images.insert(try only(words[2], host.images))
      case "volume": selection.volumes.insert(try only(words[2], host.volumes))
      // The same volume again.
      case "dangling": continue
      default: throw RealEngineError(attempt: "reading what dcgc says", reason: String(line))
      }
    }
    return selection
  }

  private static func only(_ start: String, _ names: Set<String>) throws -> String {
    let found = names.filter { $0.hasPrefix(start) }
    guard let name = found.first, found.count == 1 else {
      throw RealEngineError(attempt: "reading what dcgc says", reason: "\(start) is \(found)")
    }
    return name
  }
}

extension CustodianRun.Selection {
  init(_ objects: [ObjectID]) {
    for object in objects {
      switch object {
      case .container(let id): containers.insert(id.rawValue)
      case .image(let id): images.insert(id.rawValue)
      case .volume(let name): volumes.insert(name)
      case .network, .buildCache: continue
      }
    }
  }
}

extension CustodianRun {
  /// What is on an engine and what refers to what, told by the docker client alone.
  struct Host {
    var containers: Set<String> = []
    var images: Set<String> = []
    var volumes: Set<String> = []
    /// Those that `docker images` shows without `-a`.
    var listed: Set<String> = []
    var usersOfImage: [String: Set<String>] = [:]
    var usersOfVolume: [String: Set<String>] = [:]
    var children: [String: Set<String>] = [:]

    init(_ engine: RealEngine) async throws {
      func lines(_ arguments: [String]) async throws -> [String] {
        try await engine.docker(arguments).split(separator: "\n").map(String.init)
      }
      containers = Set(try await lines(["ps", "-aq", "--no-trunc"]))
      images = Set(try await lines(["images", "-aq", "--no-trunc"]))
      listed = Set(try await lines(["images", "-q", "--no-trunc"]))
      volumes = Set(try await lines(["volume", "ls", "-q"]))
      let mounts = "{{range .Mounts}} {{.Name}}{{end}}"
      for id in containers.sorted() {
        let line = try await engine.docker("inspect", "--format", "{{.Image}}" + mounts, id)
        let words = line.split(separator: " ").map(String.init)
        usersOfImage[words.first ?? "", default: []].insert(id)
        for volume in words.dropFirst() { usersOfVolume[volume, default: []].insert(id) }
      }
      for id in images.sorted() {
        let parent = try await engine.docker("inspect", "--format", "{{.Parent}}", id)
        if !parent.isEmpty { children[parent, default: []].insert(id) }
      }
    }
  }

  /// Images of containers that go: the dry run still sees these containers.
  var freedImages: Set<String> { did.images.filter { host.usersOfImage[$0] != nil } }

  /// What the classic builder leaves below an image: the engine removes it unasked, and dcgc does not
  /// speak of it.
  var unlistedImages: Set<String> { did.images.subtracting(host.listed) }

  /// Images from which another one was built that stays: dcgc takes their tags, which frees nothing.
  var strippedImages: Set<String> {
    said.images.filter { !host.children[$0, default: []].isSubset(of: did.images) }
  }

  /// Volumes of containers that go: the dry run still sees these containers.
  var freedVolumes: Set<String> { did.volumes.filter { host.usersOfVolume[$0] != nil } }
}

/// The shipped policy with the options of a call put where its comments say.
struct CustodianPolicy {
  private var policy: AdaptedPolicy

  var text: String { policy.text }

  init() throws {
    guard let shipped = ShippedPolicies.all.first(where: { $0.name == "docker-custodian" }) else {
      throw RealEngineError(attempt: "docker-custodian.yaml", reason: "it is not shipped")
    }
    policy = AdaptedPolicy(shipped.text)
  }

  /// dcgc spares nothing that is new.
  mutating func withoutGrace() throws { try policy.put("grace: 0s", for: "grace: 1h") }

  mutating func maxContainerAge(_ age: String) throws {
    try policy.put("stopped-for: \(age)", for: "stopped-for: 3d")
  }

  mutating func withoutMaxContainerAge() throws {
    try policy.put("remove:\n    #", for: "remove:\n  containers:\n    #")
    try policy.put("#", for: "    - status: [exited, dead, created]\n      stopped-for: 3d")
  }

  mutating func maxImageAge(_ age: String) throws {
    try policy.put("created-before: \(age)", for: "created-before: 30d")
  }

  mutating func danglingVolumes() throws {
    try policy.put("volumes:\n    - name: \"*\"", for: "# volumes:\n  #   - name: \"*\"")
  }

  mutating func excludeImage(_ pattern: String) throws {
    try policy.put("- reference: \"\(pattern)\"", for: "# - reference: \"team/base:*\"")
  }

  mutating func excludeContainerLabel(_ label: String) throws {
    try policy.put("- label: \(label)", for: "# - label: team=red")
  }
}
