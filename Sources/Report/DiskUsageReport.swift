import Inventory
package import Plan

extension Presentation {
  /// What uses the disk, in the columns of `docker system df`, and what a prune would free; with
  /// `-v` every object as well.
  package func diskUsage(_ usage: DiskUsage) -> String {
    if format == .json { return json(usage).document }
    var table = Table("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE")
    for kind in usage.kinds {
      table.add(
        .init(kind.name.title), "\(kind.total)", "\(kind.active)",
        .init(HumanSize.text(kind.size)),
        .init(HumanSize.text(kind.reclaimable, of: kind.size)))
    }
    let freed = HumanSize.text(usage.byPolicy)
    let byPolicy = "a prune under policy \(usage.policy) would free \(freed)"
    let notes = usage.notes.map { "note: \($0)" }
    return text(of: table) + "\n" + (isVerbose ? sections(usage) : "") + lines([byPolicy] + notes)
  }

  private func sections(_ usage: DiskUsage) -> String {
    let sections = [
      ("Disk usage by kind of storage:", storageTable(usage)),
      ("Images space usage:", imageTable(usage.images)),
      ("Containers space usage:", containerTable(usage.containers)),
      ("Local Volumes space usage:", volumeTable(usage.volumes)),
      ("Build cache usage:", buildCacheTable(usage.buildCache)),
    ]
    return sections.map { "\($0)\n\n\(text(of: $1))\n" }.joined() + strayLines(usage)
  }

  private func imageTable(_ images: [ImageUsage]) -> Table {
    var table = Table(
      "REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"
    )
    for usage in images {
      let name = TaggedName.all(of: usage.image).first ?? .none
      table.add(
        .init(name.repository), .init(name.tag), .init(id(.image(usage.image.id))),
        .init(age(of: usage.image.created)), .init(HumanSize.text(usage.image.size)),
        .init(HumanSize.text(usage.shared)), .init(HumanSize.text(usage.unique.content)),
        "\(usage.containers.count)")
    }
    return table
  }

  private func containerTable(_ containers: [ContainerUsage]) -> Table {
    var table = Table(
      "CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "LOGS", "CREATED", "STATUS",
      "NAMES")
    for usage in containers {
      let container = usage.container
      table.add(
        .init(id(.container(container.id))), .init(imageName(of: container)),
        .init(command(of: container)), "\(container.volumes.count)",
        .init(HumanSize.text(container.writableSize)), .init(HumanSize.text(usage.logs)),
        .init(age(of: container.created)),
        .init(status(of: container)), .init(container.name))
    }
    return table
  }

  private func volumeTable(_ volumes: [VolumeUsage]) -> Table {
    var table = Table("VOLUME NAME", "LINKS", "SIZE", "ON DISK", "VERDICT")
    for usage in volumes {
      table.add(
        .init(usage.volume.name), "\(usage.containers.count)",
        .init(HumanSize.text(usage.holds.content)), .init(HumanSize.text(usage.holds.disk)),
        verdict(usage.verdict, because: usage.reason))
    }
    return table
  }

  private func buildCacheTable(_ records: [BuildCacheUsage]) -> Table {
    var table = Table(
      "CACHE ID", "CACHE TYPE", "SIZE", "UNIQUE SIZE", "CREATED", "LAST USED", "SHARED", "VERDICT")
    for usage in records {
      let record = usage.record
      table.add(
        .init(id(.buildCache(record.id))), .init(record.type), .init(HumanSize.text(record.size)),
        .init(HumanSize.text(usage.unique.content)), .init(age(of: record.created)),
        .init(age(of: record.lastUsed)), "\(record.isShared)",
        verdict(usage.verdict, because: usage.reason))
    }
    return table
  }

  private func json(_ usage: DiskUsage) -> JSON {
    var members: [(key: String, value: JSON)] = [
      ("formatVersion", JSON.formatVersion),
      ("engine", .engine(usage.engine)),
      (
        "kinds",
        .list(usage.kinds) { kind in
          [
            "name": .string(kind.name.rawValue), "total": .count(kind.total),
            "active": .count(kind.active), "size": .bytes(kind.size),
            "reclaimable": .bytes(kind.reclaimable),
          ]
        }
      ),
      ("policy", .string(usage.policy)),
      ("freedByPolicy", .bytes(usage.byPolicy.content)),
      ("freedByPolicyOnDisk", .bytes(usage.byPolicy.disk)),
      ("notes", .texts(usage.notes)),
    ]
    guard isVerbose else { return .object(members) }
    members.append(("storage", .list(usage.storage) { shape($0, of: usage) }))
    members.append(("dataRoot", shape(usage.remainder)))
    members.append(("images", .list(usage.images, shape)))
    members.append(("containers", .list(usage.containers, shape)))
    members.append(("volumes", .list(usage.volumes, shape)))
    members.append(("buildCache", .list(usage.buildCache, shape)))
    return .object(members)
  }

  private func shape(_ usage: VolumeUsage) -> JSON {
    [
      "name": .string(usage.volume.name),
      "driver": .string(usage.volume.driver),
      "anonymous": .bool(usage.volume.isAnonymous),
      "createdAt": .time(usage.volume.created),
      "size": .bytes(usage.holds.content),
      "sizeOnDisk": .bytes(usage.holds.disk),
      "containers": .texts(usage.containers),
      "verdict": .string(usage.verdict),
      "reason": .string(usage.reason),
    ]
  }

  private func shape(_ usage: BuildCacheUsage) -> JSON {
    let record = usage.record
    return [
      "id": .string(record.id),
      "type": .string(record.type),
      "description": .string(record.description),
      "parents": .texts(record.parents),
      "inUse": .bool(record.inUse),
      "shared": .bool(record.isShared),
      "size": .size(record.size),
      "uniqueSize": .bytes(usage.unique.content),
      "uniqueSizeOnDisk": .bytes(usage.unique.disk),
      "createdAt": .time(record.created),
      "lastUsed": .time(record.lastUsed),
      "verdict": .string(usage.verdict),
      "reason": .string(usage.reason),
    ]
  }
}

extension DiskUsage.Kind.Name {
  /// Docker's words.
  fileprivate var title: String {
    switch self {
    case .images: "Images"
    case .containers: "Containers"
    case .volumes: "Local Volumes"
    case .buildCache: "Build Cache"
    }
  }
}
