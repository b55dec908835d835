/// A recipe in the terms of an engine of today: what was around the container may have changed.
extension ContainerRecipe {
  /// The same container, where its networks go by their names only: one that was created with the id of a
  /// network, or with the beginning of one, has that in the place of the name until its first start.
  ///
  /// - Parameter names: Of the networks, by their ids; of those that are gone too.
  package func naming(networks names: [String: String]) -> ContainerRecipe {
    var recipe = self
    recipe.networkNames.merge(names) { $1 }
    recipe.source = NetworkNames(byID: recipe.networkNames).applied(to: source)
    return recipe
  }

  /// The same container, where it mounts by itself what it had from containers that are gone for good.
  /// It is told apart from none that still has it from these.
  ///
  /// - Parameter absent: As `VolumesFrom` calls them.
  package func mountingByItself(insteadOf absent: Set<String>) -> ContainerRecipe {
    var recipe = self
    var host = source["HostConfig"]
    host["VolumesFrom"] = ContainerReferences.without(absent, host["VolumesFrom"])
    let own = Set(
      host["Binds"].texts.map(MountPath.target)
        + host["Mounts"].list.map { MountPath.clean($0["Target"].text ?? "") })
    let inherited = source["Mounts"].list.filter {
      $0["Type"].text == "bind" && !own.contains(MountPath.clean($0["Destination"].text ?? ""))
    }
    if !inherited.isEmpty {
      host["Binds"] = .list(host["Binds"].list + inherited.map { .text(Self.bind(of: $0)) })
    }
    recipe.source["HostConfig"] = host
    recipe.absent.formUnion(absent)
    recipe.inherited.formUnion(
      inherited.map { MountPath.clean($0["Destination"].text ?? "") })
    return recipe
  }

  /// What another container shares no mode of is not told for its mounts.
  private static func bind(of mount: EngineJSON) -> String {
    let mode = mount["RW"] == .bool(false) ? "ro" : "rw"
    let propagation = mount["Propagation"].text ?? ""
    let options = [mode] + (propagation.isEmpty ? [] : [propagation])
    let paths = [mount["Source"].text ?? "", mount["Destination"].text ?? ""]
    return (paths + [options.joined(separator: ",")]).joined(separator: ":")
  }
}

/// What networks are called, by their ids.
struct NetworkNames: Sendable {
  let byID: [String: String]

  func applied(to source: EngineJSON) -> EngineJSON {
    guard !byID.isEmpty else { return source }
    var named = source
    if let endpoints = source["NetworkSettings"]["Networks"].object {
      // By turns, so that what has the name already is not lost.
      var all: [String: EngineJSON] = [:]
      for (text, endpoint) in endpoints.sorted(by: { $0.key < $1.key }) {
        let name = name(of: text) ?? text
        if all[name] == nil || name == text { all[name] = endpoint }
      }
      named["NetworkSettings"]["Networks"] = .object(all)
    }
    if let mode = source["HostConfig"]["NetworkMode"].text, let name = name(of: mode) {
      named["HostConfig"]["NetworkMode"] = .text(name)
    }
    return named
  }

  /// Nil: it is no id, or nobody knows of what. A name goes before the beginning of an id.
  private func name(of text: String) -> String? {
    if let name = byID[text] { return name }
    guard text.utf8.count >= 12, text.allSatisfy(\.isHexDigit), !byID.values.contains(text) else {
      return nil
    }
    let found = Set(byID.filter { $0.key.hasPrefix(text) }.values)
    return found.count == 1 ? found.first : nil
  }
}
