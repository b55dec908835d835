import Foundation
import Synchronization

/// A store with all that occupies a disk in ways that are hard to count: small files, big ones, holes,
/// hard links, whiteouts, both builders, logs that were rotated, volumes of all kinds.
package struct DiskStore: Sendable {
  /// Every name that a policy may draw from.
  package let images: [String]
  package let containers: [String]
  package let volumes: [String]
  private let recipes: [Recipe]
  private let boxes: [Box]

  private struct Recipe: Sendable {
    let names: [String]
    /// Nil: imported.
    let parent: Int?
    let steps: [StoreBuilder.BuildStep]
    let usesBuildKit: Bool
    let size: Int
  }

  private struct Box: Sendable {
    let name: String
    let image: Int
    let life: StoreBuilder.ContainerLife
    let writes: Int
    let script: String?
    let volumes: [String]
    let options: [String]
  }

  /// Draws a store: one seed gives one shape.
  package init(
    seed: UInt64, images imageCount: Int = 12, containers containerCount: Int = 6
  ) {
    var random = SeededGenerator(seed: seed)
    var recipes: [Recipe] = []
    for number in 0..<imageCount { recipes.append(Self.recipe(number, &random)) }
    var boxes: [Box] = []
    for number in 0..<containerCount { boxes.append(Self.box(number, imageCount, &random)) }
    self.recipes = recipes
    self.boxes = boxes
    images = Set(recipes.flatMap(\.names)).sorted()
    containers = boxes.map(\.name)
    volumes = boxes.flatMap(\.volumes).compactMap { volume in
      volume.hasPrefix("/") ? nil : String(volume.prefix { $0 != ":" })
    }
  }

  private static func recipe(_ number: Int, _ random: inout SeededGenerator) -> Recipe {
    let isImported = number == 0 || random.chance(oneIn: 6)
    // Every second child goes on the newest image, so that some chains get deep.
    let parent =
      random.chance(oneIn: 2) ? number - 1 : Int.random(in: 0..<max(number, 1), using: &random)
    // A name that an earlier image had leaves that one dangling.
    let names = random.pick([
      ["app\(max(0, number - 2)):1"], ["app\(number):1"], ["app\(number):1"], ["app\(number):1"],
      ["app\(number):1", "registry.test/app\(number):1", "app\(number):latest"],
    ])
    let count = isImported ? 0 : Int.random(in: 1...4, using: &random)
    let steps = (0..<count).map { step("\(number)x\($0)", &random) }
    return Recipe(
      names: names, parent: isImported ? nil : parent, steps: steps,
      usesBuildKit: !isImported && random.chance(oneIn: 3),
      size: Int.random(in: 1...400_000, using: &random))
  }

  private static func step(
    _ unique: String, _ random: inout SeededGenerator
  ) -> StoreBuilder.BuildStep {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: .environment("KEY\(unique)", "value")
    case 1: .workingDirectory("/work/\(unique)")
    case 2: .smallFiles("/small/\(unique)", count: Int.random(in: 1...150, using: &random))
    case 3: .file("/big", size: Int.random(in: 1_000_000...4_000_000, using: &random))
    case 4: .run("mkdir -p /data; dd if=/dev/zero of=/data/hole\(unique) bs=1 count=1 seek=3M")
    case 5:
      .run(
        "mkdir -p /data; cat /bin/busybox >/data/a\(unique); ln /data/a\(unique) /data/b\(unique)")
    case 6: .run("rm -rf /data /small")
    case 7: .file("/empty/\(unique)", size: 0)
    // Few paths: a child often replaces its parent's file, and both layers keep their bytes.
    default:
      .file("/data/\(unique.utf8.count % 3)", size: Int.random(in: 1...90_000, using: &random))
    }
  }

  private static func box(
    _ number: Int, _ imageCount: Int, _ random: inout SeededGenerator
  ) -> Box {
    let life: StoreBuilder.ContainerLife = random.pick([
      .created, .exited, .exited, .exited, .running, .paused,
    ])
    let volumes: [String] = random.pick([
      [], [], ["/cache"], ["data\(number):/data"], ["/cache", "data\(number):/data"],
    ])
    let writesVolume = volumes.isEmpty ? "" : "seq 5000 >/cache/n 2>/dev/null; seq 9000 >/data/n;"
    let lines = random.pick([0, 10, 3_000])
    let script = "mkdir -p /cache /data; \(writesVolume) seq \(lines)"
    let rotates = ["--log-opt", "max-size=4k", "--log-opt", "max-file=3"]
    let other = ["--log-driver", "local"]
    return Box(
      name: "box\(number)", image: Int.random(in: 0..<imageCount, using: &random), life: life,
      writes: random.pick([0, 0, 1, 150_000, 2_500_000]),
      script: life == .exited ? script : nil, volumes: volumes,
      options: random.pick([[], [], rotates, other]))
  }

  /// Makes the store on an engine.
  package func fill(_ engine: RealEngine) async throws {
    let builder = StoreBuilder(filling: engine)
    var ids: [String] = []
    var owners: [String: Int] = [:]
    for (number, recipe) in recipes.enumerated() {
      let id: String
      if let parent = recipe.parent {
        // BuildKit builds on names only.
        let name = owners.filter { $0.value == parent }.keys.min()
        let usesBuildKit = recipe.usesBuildKit && name != nil
        id = try await builder.image(
          recipe.names.first, from: usesBuildKit ? name ?? ids[parent] : ids[parent],
          recipe.steps, buildKit: usesBuildKit
        ).rawValue
      } else {
        id = try await builder.base(recipe.names.first, size: recipe.size).rawValue
      }
      ids.append(id)
      for name in recipe.names { owners[name] = number }
      for name in recipe.names.dropFirst() { try await builder.tag(id, as: name) }
    }
    for box in boxes {
      try await builder.container(
        box.life, of: ids[box.image], named: box.name, writing: box.writes,
        volumes: box.volumes, running: box.script, options: box.options)
    }
  }
}
