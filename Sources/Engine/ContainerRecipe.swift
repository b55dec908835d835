import Foundation
package import Inventory

/// How to create a container again, read from what an engine once said about it.
///
/// It is a new container with a new id: what the old one wrote outside of its volumes, its logs and
/// its count of restarts are not in it. Facts about engines are from Docker 20.10 and 29.7.
package struct ContainerRecipe: Hashable, Sendable {
  /// Of the container as it was described.
  package let id: ContainerID
  package let name: String
  /// The image as it was named at creation; that name may mean another image today.
  package let imageName: String
  /// What it is created from; see `creating(from:)`.
  package private(set) var imageID: ImageID
  package let state: ContainerState
  /// `--rm`: the engine removes it, and its anonymous volumes, as soon as it stops.
  package let isAutoRemoved: Bool
  package let labels: [String: String]
  /// The names of the volumes that it mounts, anonymous ones too; one that is gone by now is made
  /// anew, and empty, together with the container.
  package let volumes: [String]
  /// The names of the networks that it is attached to, of which none is made by itself.
  package var networks: [String] {
    (source["NetworkSettings"]["Networks"].object ?? [:]).keys.sorted()
  }
  /// The containers that must be there first, for their volumes, their namespaces or a link: as their
  /// ids where the engine told these, else as their names.
  package let needs: [String]
  /// Those whose namespaces it lives in: without one of these it can be created, and never started.
  package let hosts: [String]
  /// Those whose volumes it mounts.
  package let volumeSources: [String]
  /// The inspect reply; see also `RecipeToday.swift`.
  var source: EngineJSON
  /// What networks are called, by their ids.
  var networkNames: [String: String] = [:]
  /// Containers that it took volumes from, and that are gone for good.
  var absent: Set<String> = []
  /// Where it mounts directories of the host that it had from those.
  var inherited: Set<String> = []
  /// Whether it is to be created from another image than it was.
  var isRebased: Bool { ImageID(source["Image"].text ?? "") != imageID }

  /// Refuses tasks of a swarm: only their service may create these.
  package init(describedBy description: String) throws(EngineError) {
    guard let source = EngineJSON(description), source.object != nil else {
      throw .unusableDescription(of: "a container", reason: "it is not a JSON object")
    }
    guard let id = source["Id"].text, !id.isEmpty, let name = source["Name"].text,
      let image = source["Image"].text, !image.isEmpty, source["Config"].object != nil,
      source["HostConfig"].object != nil
    else {
      throw .unusableDescription(
        of: "a container", reason: "its id, name, image or configuration is missing")
    }
    self.source = source
    self.id = ContainerID(id)
    self.name = name.hasPrefix("/") ? String(name.dropFirst()) : name
    imageName = source["Config"]["Image"].text ?? ""
    imageID = ImageID(image)
    state = ContainerState(source["State"]["Status"].text ?? "")
    isAutoRemoved = source["HostConfig"]["AutoRemove"].isTrue
    labels = (source["Config"]["Labels"].object ?? [:]).compactMapValues(\.text)
    volumes = Set(source["Mounts"].list.compactMap(\.volumeName)).sorted()
    needs = ContainerReferences.all(in: source).sorted()
    hosts = ContainerReferences.hosts(in: source).sorted()
    volumeSources = ContainerReferences.volumeSources(in: source).sorted()
    if labels["com.docker.swarm.task.id"] != nil {
      throw .unusableDescription(
        of: "the container \(self.name)",
        reason: "it is a task of a swarm, which creates its tasks itself")
    }
  }

  /// The same container from another image, such as the one that the old container was committed to.
  package func creating(from image: ImageID) -> ContainerRecipe {
    var recipe = self
    recipe.imageID = image
    return recipe
  }

  /// Whether a container is one of those that must be there first.
  package func needs(_ id: ContainerID, called name: String) -> Bool {
    needs.contains { Self.means($0, id, called: name) }
  }

  /// Whether one of `needs` is a container.
  package static func means(_ need: String, _ id: ContainerID, called name: String) -> Bool {
    ContainerReferences.means(need, id, called: name)
  }

  /// Whether it had a process that did something.
  package var wasRunning: Bool { state == .running }
  /// Whether it was running, but held still: to be started and paused again.
  package var wasPaused: Bool { state == .paused }
  /// Whether its restart policy was between two attempts to keep it running.
  package var wasRestarting: Bool { state == .restarting }
}

extension EngineJSON {
  /// Of a mount in an inspect reply: nil for anything but a volume.
  var volumeName: String? {
    guard self["Type"].text == "volume", let name = self["Name"].text, !name.isEmpty else {
      return nil
    }
    return name
  }
}
