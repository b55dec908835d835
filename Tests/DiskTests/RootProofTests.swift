import Foundation
import Inventory
import Testing

@testable import Disk

/// A root counts as an engine's own only where that is beyond doubt.
struct RootProofTests {
  private func root(engineID: String?) throws -> MadeUpRoot {
    let root = try MadeUpRoot(engineID: engineID)
    for _ in 0..<3 {
      try root.container()
      try root.image()
    }
    return root
  }

  private func isTaken(_ root: MadeUpRoot) -> Bool { DataRoot(of: root.snapshot) != nil }

  @Test func theEnginesIDIsInItsRoot() throws {
    #expect(isTaken(try root(engineID: "an-engine\n")))
    #expect(!isTaken(try root(engineID: "another")))
    #expect(!isTaken(try root(engineID: "")))
  }

  @Test func aCopyOfTheMachineHasTheIDButNotTheContainers() throws {
    let root = try root(engineID: "an-engine")
    root.change { snapshot in
      snapshot.containers = snapshot.containers.map { container in
        Container(
          id: ContainerID(String(container.id.rawValue.reversed())), name: "", image: "",
          imageID: container.imageID, state: .exited, created: container.created)
      }
      snapshot.images = []
    }
    #expect(!isTaken(root))
  }

  @Test func withoutAnIDMostOfWhatIsListedMustBeThere() throws {
    let root = try root(engineID: nil)
    #expect(isTaken(root))
    let containers = root.snapshot.containers.map(\.id)
    try root.scratch.remove("containers/\(containers[0])")
    #expect(isTaken(root), "one may have gone since")
    try root.scratch.remove("containers/\(containers[1])")
    try root.scratch.remove("image/overlay2/imagedb/content")
    #expect(!isTaken(root))
  }

  @Test func anEngineWithoutAnythingHasAnEmptyRootOnThisHost() throws {
    let root = try MadeUpRoot(engineID: nil)
    #expect(!isTaken(root), "it is on another host")
    root.change { $0.engine.hostName = ProcessInfo.processInfo.hostName }
    #expect(isTaken(root))
    try root.container(listed: false)
    #expect(!isTaken(root), "it is another engine's")
  }

  @Test func aRootThatIsNotThereOrNotToBeReadIsNone() throws {
    let root = try root(engineID: "an-engine")
    root.change { $0.engine.rootDirectory += "/nowhere" }
    #expect(!isTaken(root))
    root.change { $0.engine.rootDirectory = "" }
    #expect(!isTaken(root))
    root.change { $0.engine.rootDirectory = root.scratch.directory }
    #expect(isTaken(root))
    root.change { $0.engine.storageDriver = "../overlay2" }
    #expect(!isTaken(root))
    root.change { $0.engine.storageDriver = "overlay2" }
    chmod(root.scratch.directory, 0)
    try asNobody { #expect(!isTaken(root)) }
  }

  @Test func podmansRootHasItsContainersUnderOtherNames() throws {
    let root = try MadeUpRoot(engineID: nil)
    try root.container()
    root.change {
      $0.engine.kind = .podman
      $0.engine.storageDriver = "overlay"
    }
    #expect(!isTaken(root))
    try root.scratch.folder("overlay-containers/\(root.snapshot.containers[0].id)/userdata")
    #expect(isTaken(root))
  }
}
