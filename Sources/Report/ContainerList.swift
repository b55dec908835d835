import Inventory
package import Plan

extension Presentation {
  /// Containers as `docker ps -s` lists them, with the verdict.
  package func containers(_ containers: [ContainerUsage]) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion, "containers": .list(containers, shape),
      ]
      return json.document
    }
    if idsOnly { return ids(containers.map { .container($0.container.id) }) }
    var table = Table(
      "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "SIZE", "NAMES", "VERDICT")
    for usage in containers {
      let container = usage.container
      table.add(
        .init(id(.container(container.id))), .init(imageName(of: container)),
        .init(command(of: container)), .init(age(of: container.created)),
        .init(status(of: container)), .init(HumanSize.text(container.writableSize)),
        .init(container.name), verdict(usage.verdict, because: usage.reason))
    }
    return text(of: table)
  }

  /// In quotes, and at most 20 characters of it, as Docker shows it; but of a command line the program
  /// alone: what follows can hold secrets, and is shown only on demand (`--no-trunc`).
  func command(of container: Container) -> String {
    let command = SafeText(container.command).description
    guard truncates else { return "\"\(command)\"" }
    let program = command.prefix { $0 != " " }
    let shown = DisplayWidth.cut(String(program), to: program.count < command.count ? 18 : 20)
    return program.count < command.count ? "\"\(shown) …\"" : "\"\(shown)\""
  }

  /// Digests are cut to the 12 digits of an id, and left out behind a tag.
  func imageName(of container: Container) -> String {
    let image = container.image
    guard truncates else { return image }
    if image.isEmpty || image.hasPrefix("sha256:") { return container.imageID.short }
    guard let at = image.firstIndex(of: "@") else { return image }
    let name = String(image[..<at])
    if TaggedName(name).tag != TaggedName.none.tag { return name }
    return "\(name)@\(image[at...].dropFirst().prefix("sha256:".count + 12))"
  }

  /// The engine's words, or the bare state where it sent none.
  func status(of container: Container) -> String {
    container.status.isEmpty ? container.state.word : container.status
  }

  func shape(_ usage: ContainerUsage) -> JSON {
    let container = usage.container
    return [
      "id": .string(container.id.rawValue),
      "name": .string(container.name),
      "image": .string(container.image),
      "imageId": .string(container.imageID.rawValue),
      "command": truncates ? .null : .string(container.command),
      "state": .string(container.state.word),
      "status": .string(container.status),
      "createdAt": .time(container.created),
      "startedAt": .time(container.startedAt),
      "finishedAt": .time(container.finishedAt),
      "firstSeen": .time(container.firstSeen),
      "writableSize": .size(container.writableSize),
      "logSize": .size(usage.logs),
      "uniqueSize": .bytes(usage.unique.content),
      "uniqueSizeOnDisk": .bytes(usage.unique.disk),
      "volumes": .texts(container.volumes),
      "verdict": .string(usage.verdict),
      "reason": .string(usage.reason),
    ]
  }
}
