import Engine
import Foundation
import Inventory
import TestSupport
import Testing

/// Containers, volumes and networks of a real engine that are described, removed and created again.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct RecreationTests {
  @Test func containerComesBackFieldByFieldWhateverItWasToldToBe() async throws {
    try await RecreationHost.with { host in
      for seed in 0..<UInt64(36) {
        let name = "c\(seed)"
        let asked = RandomContainer(
          seed: seed, named: name, peer: "peer", networks: host.networks, prefix: host.prefix)
        let id = try await host.make(asked)
        let before = try await host.describe(id)
        let written = try await host.writeIntoVolumes(of: before, marking: name)
        let new = try await host.recreate(before, "seed \(seed)")
        let after = try await host.client.description(of: new)
        let differences = before.differences(from: try #require(after))
        #expect(differences.isEmpty, "seed \(seed): \(asked.options)")
        #expect(try await host.volumesHolding(name) == written, "seed \(seed)")
        if !asked.isPrivileged { try await host.startAsBefore(new, before, "seed \(seed)") }
        let again = try #require(try await host.client.description(of: new))
        #expect(before.differences(from: again).isEmpty, "seed \(seed), started: \(asked.options)")
        // The copy can be copied: nothing of the first is left that would not fit the second.
        let recipe = try ContainerRecipe(describedBy: again)
        #expect(recipe.differences(from: again).isEmpty, "seed \(seed)")
        try await host.engine.docker("rm", "-f", name)
      }
    }
  }

  @Test func containersThatNeedOthersFindTheirSuccessors() async throws {
    try await RecreationHost.with { host in
      let engine = host.engine
      let first = ContainerID(
        try await engine.docker(
          "run", "-d", "--name", "first", "-v", "/own", "base:1", "sleep", "9999"))
      let second = ContainerID(
        try await engine.docker(
          "create", "--name", "second", "--network", "container:first", "--pid", "container:first",
          "--volumes-from", String(first.rawValue.prefix(20)), "base:1", "sleep", "9999"))
      let recipes = [try await host.describe(first), try await host.describe(second)]
      #expect(recipes[0].needs.isEmpty)
      #expect(recipes[1].needs == [String(first.rawValue.prefix(20)), first.rawValue].sorted())
      for id in [second, first] { try await host.remove(id) }

      let lost = try await host.client.createContainer(from: recipes[1])
      guard case .refused = lost else {
        Issue.record("created without what it needs: \(lost)")
        return
      }
      guard case .created(let newFirst, _) = try await host.client.createContainer(from: recipes[0])
      else {
        Issue.record("the first did not come back")
        return
      }
      #expect(try await host.client.start(newFirst) == .done)
      #expect(try await host.client.start(newFirst) == .already)
      let successors = [first: newFirst]
      let reply = try await host.client.createContainer(from: recipes[1], successors: successors)
      guard case .created(let newSecond, _) = reply else {
        Issue.record("the second did not come back: \(reply)")
        return
      }
      #expect(try await host.client.start(newSecond) == .done)
      let after = try #require(try await host.client.description(of: newSecond))
      #expect(recipes[1].differences(from: after, successors: successors).isEmpty)
      #expect(recipes[1].differences(from: after) != [])
    }
  }

  @Test func volumesThatAreGoneAreMadeAnewUnderTheirNames() async throws {
    try await RecreationHost.with { host in
      let id = ContainerID(
        try await host.engine.docker(
          "create", "--name", "cc", "-v", "/anonymous", "-v", "named:/named", "--mount",
          "type=volume,dst=/unnamed", "--network", "one", "--ip", "\(host.prefix).99", "base:1",
          "sleep", "9999"))
      let before = try await host.describe(id)
      #expect(before.volumes.count == 3)
      #expect(try await host.writeIntoVolumes(of: before, marking: "cc").count == 3)
      try await host.remove(id)
      for name in before.volumes {
        #expect(
          try await host.client.removeVolume(name) == .removed(untagged: [], deleted: []))
      }
      let new = try await host.recreate(before, "without volumes", removing: false)
      #expect(try await host.client.container(new)?.volumes == before.volumes)
      #expect(try await host.volumesHolding("cc") == [])
      #expect(try await host.client.start(new) == .done)
      let address = "{{(index .NetworkSettings.Networks \"one\").IPAddress}}"
      #expect(
        try await host.engine.docker("inspect", "--format", address, "cc") == "\(host.prefix).99")
    }
  }

  @Test func imageIsNamedOnlyWhereItsNameStillMeansIt() async throws {
    try await RecreationHost.with { host in
      let engine = host.engine
      let id = ContainerID(try await engine.docker("create", "--name", "cc", "base:1", "true"))
      let before = try await host.describe(id)
      #expect(
        try await host.client.createContainer(from: before) == .nameTaken("cc"))
      try await host.remove(id)
      try await engine.docker("tag", "rich:1", "base:1")
      let byID = try await host.recreate(before, "moved tag", removing: false)
      #expect(try await host.client.container(byID)?.imageID == before.imageID)
      #expect(try await host.client.container(byID)?.image == before.imageID.rawValue)
      #expect(
        before.differences(from: try #require(try await host.client.description(of: byID))).isEmpty)

      let committed = ImageID(try await engine.docker("commit", byID.rawValue))
      try await host.remove(byID)
      let rebased = try await host.recreate(
        before.creating(from: committed), "committed", removing: false)
      #expect(try await host.client.container(rebased)?.imageID == committed)
      let after = try #require(try await host.client.description(of: rebased))
      #expect(before.creating(from: committed).differences(from: after).isEmpty)
      #expect(before.differences(from: after).contains("Image"))
      try await host.remove(rebased)

      let missing = ImageID(String(repeating: "5", count: 64))
      #expect(
        try await host.client.createContainer(from: before.creating(from: missing))
          == .imageMissing(missing.rawValue))
    }
  }

  @Test func containerIsNotCreatedWithoutOneOfItsNetworks() async throws {
    try await RecreationHost.with { host in
      let engine = host.engine
      try await engine.docker("network", "create", "--internal", "passing")
      let id = ContainerID(
        try await engine.docker(
          "create", "--name", "cc", "--network", host.networks[0], "base:1", "true"))
      try await engine.docker("network", "connect", "passing", id.rawValue)
      let before = try await host.describe(id)
      #expect(before.networks == [host.networks[0], "passing"].sorted())
      try await host.remove(id)
      try await engine.docker("network", "rm", "passing")
      #expect(
        try await host.client.createContainer(from: before) == .networksMissing(["passing"]))
      #expect(try await host.client.containers().map(\.name) == ["peer"])
    }
  }

  @Test func networkThatItHadLeftIsNotJoinedAgain() async throws {
    try await RecreationHost.with { host in
      let engine = host.engine
      let id = ContainerID(
        try await engine.docker(
          "run", "-d", "--name", "cc", "--network", host.networks[0], "base:1", "sleep", "9999"))
      try await engine.docker("network", "connect", "--alias", "x", host.networks[1], "cc")
      try await engine.docker("network", "disconnect", host.networks[0], "cc")
      let before = try await host.describe(id)
      #expect(before.networks == [host.networks[1]])
      let new = try await host.recreate(before, "left")
      #expect(try await host.client.start(new) == .done)
      let after = try #require(try await host.client.description(of: new))
      #expect(before.differences(from: after).isEmpty)
    }
  }

  @Test func volumesAndNetworksComeBackAsTheyWere() async throws {
    try await RecreationHost.with { host in
      let engine = host.engine
      try await engine.docker(
        "volume", "create", "--label", "a=b", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o",
        "o=size=1m", "vol")
      let volume = try #require(try await host.client.description(ofVolume: "vol"))
      let volumeRecipe = try VolumeRecipe(describedBy: volume)
      #expect(try await host.client.createVolume(from: volumeRecipe) == .nameTaken("vol"))
      _ = try await host.client.removeVolume("vol")
      #expect(try await host.client.description(ofVolume: "vol") == nil)
      #expect(
        try await host.client.createVolume(from: volumeRecipe) == .created("vol", warnings: []))
      let newVolume = try #require(try await host.client.description(ofVolume: "vol"))
      #expect(volumeRecipe.differences(from: newVolume).isEmpty)

      for options in [
        ["--internal", "--label", "a=b", "--attachable"],
        [
          "--subnet", "\(host.block).9.0/24", "--gateway", "\(host.block).9.77", "--ip-range",
          "\(host.block).9.128/25", "--aux-address", "x=\(host.block).9.130", "-o",
          "com.docker.network.driver.mtu=1400",
        ],
        ["--config-only", "--subnet", "\(host.block).10.0/24"],
      ] {
        let id = try await engine.docker(["network", "create"] + options + ["net"])
        let network = try #require(try await host.client.description(ofNetwork: id))
        #expect(try await host.client.description(ofNetwork: "net") == nil)
        let recipe = try NetworkRecipe(describedBy: network)
        #expect(try await host.client.createNetwork(from: recipe) == .nameTaken("net"))
        _ = try await host.client.removeNetwork(id)
        guard case .created(let new, _) = try await host.client.createNetwork(from: recipe) else {
          Issue.record("\(options) did not come back")
          continue
        }
        #expect(new != id)
        let after = try #require(try await host.client.description(ofNetwork: new))
        #expect(recipe.differences(from: after).isEmpty, "\(options)")
        _ = try await host.client.removeNetwork(new)
      }
    }
  }
}
