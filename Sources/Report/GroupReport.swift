import Inventory
package import Plan

extension Presentation {
  /// Images in groups, the largest gain first: `balai df --by`.
  package func groups(_ groups: [UsageGroup], by grouping: UsageGroup.Grouping) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion,
        "by": .string(grouping.rawValue),
        "groups": .list(groups) { group in
          [
            "name": .string(group.name), "images": .count(group.images),
            "size": .bytes(group.size), "gain": .bytes(group.gain.content),
            "gainOnDisk": .bytes(group.gain.disk),
          ]
        },
      ]
      return json.document
    }
    var table = Table(grouping.rawValue.uppercased(), "IMAGES", "SIZE", "GAIN", "GAIN ON DISK")
    for group in groups {
      table.add(
        .init(group.name), "\(group.images)", .init(HumanSize.text(group.size)),
        .init(HumanSize.text(group.gain.content)), .init(HumanSize.text(group.gain.disk)))
    }
    return text(of: table)
  }
}
