import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

/// Recipes from what engines really said.
@Suite struct RecipeTests {
  static let rich = RecipeSamples.rich

  @Test(arguments: RecordedEngine.names)
  func everyRecordedContainerHasARecipeThatIsTheSameContainer(_ engine: String) throws {
    let records = try RecordedEngine(engine).records
    let inspects = records.filter { $0.key.hasPrefix("cinsp-") && $0.value.reply.status == 200 }
    #expect(inspects.count >= 6)
    for (step, record) in inspects {
      let recipe = try ContainerRecipe(describedBy: record.reply.body)
      #expect(!recipe.name.isEmpty && !recipe.name.hasPrefix("/"))
      #expect(recipe.differences(from: record.reply.body).isEmpty, "\(step)")
      let body = Self.body(of: recipe)
      #expect(body["Image"].text == "an-image")
      #expect(body["Hostname"] == .null, "\(step): made of the id")
      #expect(body["HostConfig"]["LogConfig"] == recipe.source["HostConfig"]["LogConfig"])
      let read = try #require(EngineJSON(String(decoding: try body.data, as: UTF8.self)))
      #expect(read == body, "\(step)")
    }
    let volume = try #require(records["vol-insp"]?.reply.body)
    #expect(try VolumeRecipe(describedBy: volume).name == "vol1")
    #expect(try VolumeRecipe(describedBy: volume).differences(from: volume).isEmpty)
  }

  @Test func recipeTellsWhatItWas() throws {
    let recipe = try ContainerRecipe(describedBy: Self.rich)
    #expect(recipe.name == "big" && recipe.imageName == "base:1" && recipe.wasRunning)
    #expect(!recipe.wasPaused && !recipe.wasRestarting && !recipe.isAutoRemoved)
    #expect(recipe.labels == ["a": "b"])
    #expect(recipe.volumes == ["anon", "anon2", "named", "read", "shared"])
    #expect(recipe.networks == ["na", "nb"])
    #expect(recipe.needs == [RecipeSamples.peer, "link", "src"].sorted())
  }

  @Test func volumesAreAskedForByTheirNamesSoThatNoneIsMadeAnew() throws {
    let host = Self.body(of: try ContainerRecipe(describedBy: Self.rich))["HostConfig"]
    #expect(
      host["Binds"].texts == ["read:/read:ro", "/tmp:/host:ro", "anon:/anon", "shared:/shared:ro"])
    #expect(host["Mounts"].list.map(\.["Source"].text) == ["anon2", "named", nil])
    #expect(host["Mounts"].list[0]["VolumeOptions"]["NoCopy"].isTrue)
  }

  @Test func firstNetworkIsPartOfTheCreationAndTheOthersFollow() throws {
    let recipe = try ContainerRecipe(describedBy: Self.rich)
    let attachments = Self.creation(of: recipe).attachments
    let first = try #require(
      Self.body(of: recipe)["NetworkingConfig"]["EndpointsConfig"].object)
    #expect(Array(first.keys) == ["na"])
    #expect(
      first["na"]
        == EngineJSON(
          #"{"IPAMConfig":{"IPv4Address":"10.211.7.9"},"Aliases":["al"],"Links":["link:x"]}"#))
    #expect(attachments.others.map(\.network) == ["nb"])
    #expect(attachments.others.first?.settings == EngineJSON(#"{"Aliases":["hh"]}"#))
    #expect(attachments.surplus == nil && attachments.modeName == nil)
  }

  @Test func addressOfANetworkCardIsWhereItsVersionWantsIt() throws {
    var source = try #require(EngineJSON(Self.rich))
    source["Config"]["MacAddress"] = .text("02:00:00:00:00:01")
    // The engine made this one of the address 172.18.0.2.
    source["NetworkSettings"]["Networks"]["nb"]["MacAddress"] = .text("02:42:ac:12:00:02")
    let recipe = try ContainerRecipe(describedBy: RecipeSamples.text(source))
    let old = Self.body(of: recipe)
    #expect(old["MacAddress"].text == "02:00:00:00:00:01")
    #expect(old["NetworkingConfig"]["EndpointsConfig"]["na"]["MacAddress"] == .null)
    let creation = Self.creation(of: recipe, version: .newest)
    let new = creation.json(image: "i")
    #expect(new["MacAddress"] == .null)
    #expect(
      new["NetworkingConfig"]["EndpointsConfig"]["na"]["MacAddress"].text == "02:00:00:00:00:01")
    #expect(creation.attachments.others.first?.settings["MacAddress"] == .null)
  }

  @Test func whatHasTakenAnothersPlaceIsReferredTo() throws {
    let recipe = try ContainerRecipe(describedBy: Self.rich)
    let new = ContainerID(String(repeating: "e", count: 64))
    let host = Self.body(of: recipe, successors: [ContainerID(RecipeSamples.peer): new])[
      "HostConfig"]
    #expect(host["PidMode"].text == "container:\(new)")
    #expect(host["VolumesFrom"].texts == ["src", "\(new):ro"])
    #expect(host["IpcMode"].text == "private")
  }

  @Test func referenceToAContainerThatHasASuccessorIsADifference() throws {
    let recipe = try ContainerRecipe(describedBy: Self.rich)
    let new = ContainerID(String(repeating: "e", count: 64))
    let told = recipe.differences(
      from: Self.rich, successors: [ContainerID(RecipeSamples.peer): new])
    #expect(told == ["HostConfig.PidMode", "HostConfig.VolumesFrom.1"])
  }

  @Test func networkThatIsLackingIsADifferenceThoughNothingWasAskedOfIt() throws {
    let recipe = try ContainerRecipe(describedBy: Self.rich)
    var other = recipe.source
    other["NetworkSettings"]["Networks"] = other["NetworkSettings"]["Networks"].without("nb")
    other["NetworkSettings"]["Networks"]["nc"] = .object([:])
    let told = recipe.differences(from: try RecipeSamples.text(other))
    #expect(told.contains { $0.hasPrefix("Networks.nb") })
    #expect(told.contains { $0.hasPrefix("Networks.nc") })
  }

  @Test(arguments: [
    ("/srv/../data", "/data"), ("/../a//b/./c/", "/a/b/c"), ("/a/..", "/"), ("/a/b/../../..", "/"),
    ("/a/..b/...", "/a/..b/..."), ("a/../b", "/b"), ("", "/"),
  ])
  func pathInAContainerIsCleanedAsEnginesDo(path: String, clean: String) {
    #expect(MountPath.clean(path) == clean)
  }

  @Test func containerWithAnothersNetworkAsksForNothingThatIsRefusedThen() throws {
    var source = try #require(EngineJSON(Self.rich))
    source["HostConfig"]["NetworkMode"] = .text("container:" + RecipeSamples.peer)
    source["Config"]["MacAddress"] = .text("02:00:00:00:00:01")
    source["NetworkSettings"]["Networks"] = .object([:])
    let recipe = try ContainerRecipe(describedBy: RecipeSamples.text(source))
    let body = Self.body(of: recipe)
    for key in ["Hostname", "ExposedPorts", "MacAddress", "NetworkingConfig"] {
      #expect(body[key] == .null, "\(key)")
    }
    // A start takes both names from the other container.
    source["Config"]["Hostname"] = .text("ec8ee1dc3355")
    source["Config"]["Domainname"] = .text("of.the.other")
    #expect(recipe.differences(from: try RecipeSamples.text(source)).isEmpty)
  }

  @Test func missingEntryPointStaysMissingThoughTheImageHasOne() throws {
    var source = try #require(EngineJSON(Self.rich))
    source["Config"]["Entrypoint"] = .null
    let body = Self.body(of: try ContainerRecipe(describedBy: RecipeSamples.text(source)))
    #expect(body["Entrypoint"].texts == [""])
  }

  @Test func numbersKeepEveryDigit() throws {
    let text =
      #"{"a":9223372036854775807,"b":18446744073709551615,"c":-9007199254740993,"d":0.1,"e":true,"f":1}"#
    let value = try #require(EngineJSON(text))
    #expect(String(decoding: try value.data, as: UTF8.self) == text)
  }

  @Test func everyChangeOfAFieldIsTold() throws {
    let recipe = try ContainerRecipe(describedBy: Self.rich)
    var changed = 0
    for part in ["Config", "HostConfig"] {
      for (key, value) in recipe.source[part].object ?? [:] {
        var other = recipe.source
        switch value {
        case .integer(let number): other[part][key] = .integer(number + 1)
        case .bool(let bool): other[part][key] = .bool(!bool)
        case .text(let text): other[part][key] = .text(text + "x")
        default: other[part][key] = .list([.text("other")])
        }
        let told = recipe.differences(from: try RecipeSamples.text(other))
        #expect(told.contains { $0.hasPrefix("\(part).\(key)") }, "\(part).\(key)")
        changed += 1
      }
    }
    #expect(changed > 60)
    var other = recipe.source
    other["NetworkSettings"]["Networks"]["na"]["IPAMConfig"]["IPv4Address"] = .text("10.211.7.8")
    other["Mounts"] = .list(Array(other["Mounts"].list.dropFirst()))
    let told = recipe.differences(from: try RecipeSamples.text(other))
    #expect(told.contains("Networks.na.IPAMConfig.IPv4Address"))
    #expect(told.contains { $0.hasPrefix("Mounts./anon2.") })
  }

  @Test(arguments: ["", "[]", "{}", "nonsense", #"{"Id":"1","Name":"n"}"#])
  func whatIsNoDescriptionIsRefused(_ text: String) {
    #expect(throws: EngineError.self) { try ContainerRecipe(describedBy: text) }
    #expect(throws: EngineError.self) { try VolumeRecipe(describedBy: text.isEmpty ? text : "{}") }
    #expect(throws: EngineError.self) { try NetworkRecipe(describedBy: "{}") }
    #expect(throws: EngineError.self) {
      try ContainerRecipe(describedBy: String(repeating: #"{"a":"#, count: 100_000))
    }
  }

  @Test func taskOfASwarmAndNetworkOfTheEngineAreRefused() throws {
    var source = try #require(EngineJSON(Self.rich))
    source["Config"]["Labels"]["com.docker.swarm.task.id"] = .text("t")
    let text = try RecipeSamples.text(source)
    #expect(throws: EngineError.self) { try ContainerRecipe(describedBy: text) }
    #expect(throws: EngineError.self) {
      try NetworkRecipe(describedBy: #"{"Id":"1","Name":"bridge"}"#)
    }
  }

  private static func creation(
    of recipe: ContainerRecipe, version: APIVersion = APIVersion(major: 1, minor: 41),
    successors: [ContainerID: ContainerID] = [:]
  ) -> CreationBody {
    CreationBody(
      recipe: recipe, version: version, references: ContainerReferences(successors: successors))
  }

  private static func body(
    of recipe: ContainerRecipe, successors: [ContainerID: ContainerID] = [:]
  ) -> EngineJSON {
    creation(of: recipe, successors: successors).json(image: "an-image")
  }
}
