/// How to create a volume again: empty, with its driver, options and labels.
package struct VolumeRecipe: Hashable, Sendable {
  package let name: String
  package let driver: String
  package let labels: [String: String]
  /// Whether its driver is the engine's own, and its options name what it mounts: a directory of the host,
  /// a share or a disk. Two volumes with the same options lead to the same data then, and it stays
  /// when a volume goes.
  package var leadsToADevice: Bool {
    driver == "local" && source["Options"]["device"].text?.isEmpty == false
      && source["Options"]["type"].text != "tmpfs"
  }
  let source: EngineJSON

  /// Refuses the volumes of a swarm's cluster.
  package init(describedBy description: String) throws(EngineError) {
    guard let source = EngineJSON(description), let name = source["Name"].text, !name.isEmpty else {
      throw .unusableDescription(of: "a volume", reason: "its name is missing, or it is not JSON")
    }
    guard source["ClusterVolume"].isEmpty else {
      throw .unusableDescription(of: "the volume \(name)", reason: "it belongs to a swarm")
    }
    self.source = source
    self.name = name
    driver = source["Driver"].text ?? "local"
    labels = (source["Labels"].object ?? [:]).compactMapValues(\.text)
  }

  var body: EngineJSON {
    .object([
      "Name": .text(name), "Driver": .text(driver), "DriverOpts": source["Options"],
      "Labels": source["Labels"],
    ])
  }

  /// The fields that differ in another description; when it was made and where it is are left out.
  package func differences(from description: String) -> [String] {
    guard let other = EngineJSON(description) else { return ["it is not JSON"] }
    return ["Name", "Driver", "Options", "Labels", "Scope"].flatMap { key in
      FieldDifference.paths(source[key], other[key], at: key)
    }
  }
}
