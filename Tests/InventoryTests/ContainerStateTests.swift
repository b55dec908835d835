import Foundation
import Inventory
import Testing

struct ContainerStateTests {
  @Test func unknownStateCountsAsActive() {
    #expect(ContainerState("stopped") == .unknown("stopped"))
    #expect(ContainerState("stopped").isActive)
  }

  @Test func statesWithAProcessAreActive() {
    let active = ContainerState.known.filter(\.isActive)
    #expect(active == [.running, .paused, .restarting])
  }

  @Test(arguments: ContainerState.known + [.unknown("odd")])
  func stateSurvivesItsFile(state: ContainerState) throws {
    let data = try JSONEncoder().encode([state])
    #expect(try JSONDecoder().decode([ContainerState].self, from: data) == [state])
  }
}

struct IdentifierTests {
  @Test func missingAlgorithmIsAdded() {
    #expect(ImageID("ab").rawValue == "sha256:ab")
    #expect(ImageID("sha512:ab").rawValue == "sha512:ab")
  }

  @Test func shortIDsAreThoseOfDocker() {
    #expect(ImageID("sha256:0123456789abcdef").short == "0123456789ab")
    #expect(ContainerID("0123456789abcdef").short == "0123456789ab")
  }

  @Test func objectsSurviveTheirFile() throws {
    let objects: [ObjectID] = [
      .container(ContainerID("c")), .image(ImageID("i")), .volume("v"), .network("n"),
      .buildCache("b"),
    ]
    let data = try JSONEncoder().encode(objects)
    #expect(try JSONDecoder().decode([ObjectID].self, from: data) == objects)
    for object in objects { #expect(ObjectID(kind: object.kind, id: object.id) == object) }
  }

  @Test func anonymousVolumesAreTheOnesWhoseNamesTheEngineMadeUp() {
    #expect(Volume(name: String(repeating: "0f", count: 32)).isAnonymous)
    #expect(!Volume(name: "data").isAnonymous)
    #expect(Volume(name: "x", labels: ["com.docker.volume.anonymous": ""]).isAnonymous)
  }

  @Test func enginesOnOneMachineAreToldApartByTheirDataRoot() {
    func engine(_ kind: EngineIdentity.Kind, id: String, root: String) -> EngineIdentity {
      EngineIdentity(
        kind: kind, id: id, hostName: "h", rootDirectory: root, serverVersion: "", apiVersion: "",
        storageDriver: "", imageStore: .graphDriver)
    }
    #expect(engine(.docker, id: "a", root: "/1").key != engine(.docker, id: "a", root: "/2").key)
    // Podman makes up another id for every answer.
    #expect(engine(.podman, id: "a", root: "/1").key == engine(.podman, id: "b", root: "/1").key)
  }
}
