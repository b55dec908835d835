import Inventory

/// A host whose images, containers, volumes, networks and layers come and go.
struct ChangingHost {
  private var random: SeededRandom
  private var images: [Int: Image] = [:]
  private var containers: [Int: Container] = [:]
  /// They come back as they went, or never.
  private var departed: [Int: Container] = [:]
  private var everMade: [ContainerID] = []
  private var volumes: [Int: Volume] = [:]
  private var networks: [Int: Network] = [:]
  private var layers: [String: DiskReading.Layer] = [:]
  private var parents: [Int: Int] = [:]
  private var clock = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func change() {
    clock += 1
    for _ in 0..<Int.random(in: 0...9, using: &random) {
      let number = Int.random(in: 0..<25, using: &random)
      switch Int.random(in: 0..<9, using: &random) {
      case 0, 1:
        let tags = (0..<Int.random(in: 0...3, using: &random)).map { "app:\($0)" }
        if parents[number] == nil { parents[number] = number > 0 ? number / 2 : nil }
        images[number] = makeImage(number, tags: tags, parent: parents[number])
      case 2: images[number] = nil
      case 3, 4: containers[number] = anyContainer(number)
      case 5: (containers[number], departed[number]) = (departed[number], containers[number])
      case 6: changeLayers()
      case 7: changeVolume(number % 8)
      default:
        let network = Network(id: "id\(number % 6)", name: "n\(number % 4)", driver: "bridge")
        networks[number % 6] = networks[number % 6] == nil ? network : nil
      }
    }
  }

  private mutating func anyContainer(_ number: Int) -> Container {
    let image = Int.random(in: 0..<25, using: &random)
    let states: [ContainerState] = [.running, .exited, .created, .paused, .dead]
    // One id has one image for good.
    var container = makeContainer(
      number * 100 + image, of: image, state: states.randomElement(using: &random) ?? .exited,
      created: hour(clock - 9), startedAt: hour(clock - Int.random(in: 1...9, using: &random)))
    if !everMade.contains(container.id) { everMade.append(container.id) }
    container.volumes = (0..<8).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
      .map { "v\($0)" }
    container.networks = (0..<4).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
      .map { "n\($0)" }
    return container
  }

  /// Some volumes are taken away and made again between two surveys, and some drivers tell no date.
  private mutating func changeVolume(_ number: Int) {
    let isGone = volumes[number] != nil && Int.random(in: 0..<4, using: &random) == 0
    let volume = Volume(name: "v\(number)", created: number % 3 == 0 ? nil : hour(clock))
    volumes[number] = isGone ? nil : volume
  }

  private mutating func changeLayers() {
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let number = Int.random(in: 0..<20, using: &random)
      let isGone = Int.random(in: 0..<3, using: &random) == 0
      layers["chain \(number)"] =
        isGone
        ? nil
        : DiskReading.Layer(
          parent: number == 0 ? nil : "chain \(number / 2)", diff: "diff \(number)",
          size: Int64(number), cacheID: "cache \(clock)",
          blocks: Bool.random(using: &random) ? Int64(clock * 4_096) : nil)
    }
  }

  func survey(at time: Timestamp) -> Survey {
    let containers = Dictionary(containers.values.map { ($0.id, $0) }) { first, _ in first }.values
    return makeSurvey(
      at: time, images: images.values.sorted { $0.id < $1.id },
      containers: containers.sorted { $0.id < $1.id },
      volumes: volumes.values.sorted { $0.name < $1.name },
      networks: networks.values.sorted { $0.id < $1.id })
  }

  /// Blocks of some containers, whatever their state, and of some that have gone or never were.
  mutating func reading() -> DiskReading {
    var files: [ContainerID: DiskReading.ContainerFiles] = [:]
    for id in everMade + [containerID(9_999)] {
      if Bool.random(using: &random) { continue }
      let isWalked = Int.random(in: 0..<3, using: &random) > 0
      files[id] = DiskReading.ContainerFiles(
        writableBlocks: isWalked ? Int64(clock * 4_096) : nil,
        logs: DiskReading.Measure(content: 1, blocks: 2), recordBlocks: 3)
    }
    return DiskReading(layers: layers, containers: files)
  }
}
