import Inventory

/// How to create a network again; no container is attached to it then.
package struct NetworkRecipe: Hashable, Sendable {
  /// Of the network as it was described; the new one has another.
  package let id: String
  package let name: String
  package let driver: String
  package let labels: [String: String]
  let source: EngineJSON

  private static let fields = [
    "Driver", "EnableIPv4", "EnableIPv6", "Internal", "Attachable", "Ingress", "ConfigOnly",
    "Options", "Labels",
  ]

  /// Refuses the networks that an engine makes for itself.
  package init(describedBy description: String) throws(EngineError) {
    guard let source = EngineJSON(description), let name = source["Name"].text, !name.isEmpty,
      let id = source["Id"].text
    else {
      throw .unusableDescription(
        of: "a network", reason: "its id or name is missing, or it is not JSON")
    }
    guard !Network.builtInNames.contains(name) else {
      throw .unusableDescription(of: "the network \(name)", reason: "the engine makes it itself")
    }
    self.source = source
    self.id = id
    self.name = name
    driver = source["Driver"].text ?? ""
    labels = (source["Labels"].object ?? [:]).compactMapValues(\.text)
  }

  /// The subnet is the one it had, also where the engine had chosen it: what was attached to it with
  /// an address of its own stays valid.
  var body: EngineJSON {
    var body = EngineJSON.object(["Name": .text(name), "CheckDuplicate": .bool(true)])
    for key in Self.fields where source[key] != .null { body[key] = source[key] }
    if source["Scope"].text == "swarm" { body["Scope"] = source["Scope"] }
    if !source["ConfigFrom"]["Network"].isEmpty { body["ConfigFrom"] = source["ConfigFrom"] }
    // With a network to copy from there may be none of its own.
    guard source["ConfigFrom"]["Network"].isEmpty else { return body }
    body["IPAM"] = address
    return body
  }

  private var address: EngineJSON {
    var address = EngineJSON.object([:])
    for key in ["Driver", "Options"] where !source["IPAM"][key].isEmpty {
      address[key] = source["IPAM"][key]
    }
    let pools = source["IPAM"]["Config"].list.map { pool in
      guard let gateway = pool["Gateway"].text, gateway.contains("/") else { return pool }
      // Some engines tell it with the length of its prefix, and take it only without.
      var plain = pool
      plain["Gateway"] = .text(String(gateway.prefix { $0 != "/" }))
      return plain
    }
    if !pools.isEmpty { address["Config"] = .list(pools) }
    return address
  }

  /// The fields that differ in another description; ids, times and what is attached are left out.
  package func differences(from description: String) -> [String] {
    guard let other = EngineJSON(description) else { return ["it is not JSON"] }
    let kept = ["Name", "Scope", "ConfigFrom", "IPAM"] + Self.fields
    return kept.flatMap { key in FieldDifference.paths(source[key], other[key], at: key) }.sorted()
  }
}
