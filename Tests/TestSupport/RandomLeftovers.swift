import Inventory

/// Volumes, networks and build cache of a random store.
extension RandomSnapshot {
  mutating func addVolume(_ number: Int) {
    // Anonymous ones of an engine before 23.0 have no label: their name alone tells.
    let isAnonymous = random.chance(oneIn: 2)
    var labels = labels()
    if isAnonymous, random.chance(oneIn: 2) { labels["com.docker.volume.anonymous"] = "" }
    let name = isAnonymous ? random.hex(64) : "\(random.pick(["data", "cache"]))-\(number)"
    snapshot.volumes.append(
      Volume(
        name: name, driver: random.chance(oneIn: 6) ? "nfs" : "local", labels: labels,
        created: random.chance(oneIn: 5) ? nil : age(upToDays: 90),
        size: random.chance(oneIn: 4) ? nil : layerSize(),
        firstSeen: random.chance(oneIn: 4) ? nil : age(upToDays: 60),
        lastUsed: random.chance(oneIn: 3) ? age(upToDays: 60) : nil))
  }

  /// The engine's own ones first, and one of a swarm.
  mutating func addNetwork(_ number: Int) {
    let known = [("bridge", "bridge"), ("host", "host"), ("swarm", "overlay")]
    let (name, driver) =
      number < known.count
      ? known[number] : ("\(random.pick(["net-", "shop_"]))\(number)", "bridge")
    snapshot.networks.append(
      Network(
        id: random.hex(64), name: name, driver: driver,
        scope: driver == "overlay" ? "swarm" : "local", labels: labels(),
        created: age(upToDays: 90),
        firstSeen: random.chance(oneIn: 4) ? nil : age(upToDays: 60),
        lastUsed: random.chance(oneIn: 3) ? age(upToDays: 60) : nil))
  }

  /// Some containers share a volume, and most are only on the default network.
  mutating func attachContainers() {
    for place in snapshot.containers.indices {
      let volumes = snapshot.volumes.map(\.name)
      snapshot.containers[place].volumes = random.some(volumes, oneIn: 20)
      let networks = snapshot.networks.map(\.name).filter { $0 != "bridge" }
      snapshot.containers[place].networks =
        random.chance(oneIn: 3) ? random.some(networks, oneIn: 4) : ["bridge"]
    }
  }

  /// Records made from up to two earlier ones, so without circles, in no order that helps.
  mutating func addBuildCache(records count: Int) {
    var records: [BuildCacheRecord] = []
    for _ in 0..<count {
      let wasUsed = !random.chance(oneIn: 3)
      var parents: Set<String> = random.chance(oneIn: 8) ? ["gone"] : []
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        if let parent = records.randomElement(using: &random) { parents.insert(parent.id) }
      }
      records.append(
        BuildCacheRecord(
          id: random.hex(25),
          type: random.pick([
            "regular", "regular", "source.local", "exec.cachemount", "frontend", "internal",
            "source.git.checkout",
          ]),
          description: "mount / from exec /bin/sh -c make \(random.hex(2))",
          parents: parents.sorted(), inUse: random.chance(oneIn: 10),
          isShared: random.chance(oneIn: 3), size: layerSize(),
          created: random.chance(oneIn: 6) ? nil : age(upToDays: 90),
          lastUsed: wasUsed ? age(upToDays: 60) : nil))
    }
    records.shuffle(using: &random)
    snapshot.buildCache = records
  }
}
