import Inventory

/// The networks that a container is to be attached to again, and as what.
///
/// The first is part of the creation (below API 1.44 no more than one may be), the others are connected
/// afterwards. The ids of networks change with their re-creation, so they go by name.
struct NetworkAttachments: Sendable {
  /// One network and the endpoint that the container had on it.
  struct Attachment: Hashable, Sendable {
    let network: String
    /// Only what can be asked for: addresses that the engine chose are not in it.
    let settings: EngineJSON
  }

  /// The network that the container is created with; nil: it is not attached to that one any more, or
  /// has none to attach to (`none`, `host`, another container's).
  let primary: Attachment?
  let others: [Attachment]
  /// A network that the engine attaches the container to by its mode, but that it had left; `none` too,
  /// which must be left before any other is joined.
  let surplus: String?
  /// What `HostConfig.NetworkMode` must say where it has the id of a network.
  let modeName: String?

  /// Of the networks that must be there; an engine without its own default one ignores that.
  var names: [String] {
    (others.map(\.network) + [primary?.network ?? surplus].compactMap { $0 })
      .filter { !Network.builtInNames.contains($0) }.sorted()
  }

  init(of source: EngineJSON, version: APIVersion, references: ContainerReferences) {
    let mode = source["HostConfig"]["NetworkMode"].text ?? ""
    let endpoints = source["NetworkSettings"]["Networks"].object ?? [:]
    if mode == "host" || mode.hasPrefix("container:") {
      (primary, others, surplus, modeName) = (nil, [], nil, nil)
      return
    }
    if mode == "none", endpoints["none"] != nil || endpoints.isEmpty {
      (primary, others, surplus, modeName) = (nil, [], nil, nil)
      return
    }
    let isDefault = ["", "default", "bridge"].contains(mode)
    let name = isDefault ? "bridge" : Self.name(of: mode, in: endpoints) ?? mode
    let attachments = endpoints.map { network, endpoint in
      Attachment(
        network: network,
        settings: Self.settings(
          endpoint, of: source, isFirst: network == name, version: version, references: references))
    }
    primary = attachments.first { $0.network == name }
    others = attachments.filter { $0.network != name }.sorted { $0.network < $1.network }
    surplus = primary == nil ? name : nil
    modeName = !isDefault && name != mode ? name : nil
  }

  /// The mode can be a network's id, or its beginning, from 12 digits.
  private static func name(of mode: String, in endpoints: [String: EngineJSON]) -> String? {
    if endpoints[mode] != nil { return mode }
    guard mode.utf8.count >= 12, mode.allSatisfy(\.isHexDigit) else { return nil }
    return endpoints.first { $0.value["NetworkID"].text?.hasPrefix(mode) == true }?.key
  }

  private static func settings(
    _ endpoint: EngineJSON, of source: EngineJSON, isFirst: Bool, version: APIVersion,
    references: ContainerReferences
  ) -> EngineJSON {
    var settings = EngineJSON.object([:])
    for key in ["IPAMConfig", "DriverOpts", "GwPriority"] where !endpoint[key].isEmpty {
      settings[key] = endpoint[key]
    }
    // A number is never empty, and 0 means that none was asked for.
    if settings["GwPriority"] == .integer(0) { settings = settings.without("GwPriority") }
    if !endpoint["Links"].isEmpty {
      settings["Links"] = references.replaced(inTexts: endpoint["Links"])
    }
    let aliases = requestedAliases(of: endpoint, in: source)
    if !aliases.isEmpty { settings["Aliases"] = .list(aliases.map(EngineJSON.text)) }
    if version >= .endpointAddresses {
      let asked = isFirst ? source["Config"]["MacAddress"] : .null
      let address = asked.isEmpty ? endpoint["MacAddress"] : asked
      if let text = address.text, !text.isEmpty, !isMade(text, from: endpoint) {
        settings["MacAddress"] = address
      }
    }
    return settings
  }

  /// Without the short id, and the host name that follows it, which engines add (API 1.44 and below).
  static func requestedAliases(of endpoint: EngineJSON, in source: EngineJSON) -> [String] {
    let short = ContainerID(source["Id"].text ?? "").short
    let aliases = endpoint["Aliases"].texts
    guard let added = aliases.firstIndex(of: short) else { return aliases }
    let host = source["Config"]["Hostname"].text
    return aliases[..<added]
      + aliases[(added + 1)...].filter { $0 != short && $0 != host }
  }

  /// Whether an engine before 28.0 made this address of the endpoint's IP address: `02:42` and its
  /// bytes. Since 28.0 such a one cannot be told from one that was asked for, and is asked for again.
  private static func isMade(_ address: String, from endpoint: EngineJSON) -> Bool {
    let bytes = (endpoint["IPAddress"].text ?? "").split(separator: ".").compactMap { UInt8($0) }
    guard bytes.count == 4 else { return false }
    let hex = bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    return address.lowercased() == "02:42:" + hex.joined(separator: ":")
  }
}
