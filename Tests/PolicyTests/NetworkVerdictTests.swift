import Inventory
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  networks:\n    - {\(rule)}\n")
}

extension RetentionPolicy {
  fileprivate func verdict(on network: Network, _ containers: [Container] = []) -> ObjectVerdict? {
    verdicts(on: .with(containers, networks: [network]), at: now, runningIn: nil)
      .networks[network.id]
  }

  fileprivate func removed(_ networks: [Network], _ containers: [Container] = []) -> [String] {
    networks.filter { verdict(on: $0, containers)?.isRemoval == true }.map(\.name)
  }
}

@Test(arguments: ["bridge", "host", "none", "podman", "ingress", "docker_gwbridge"])
func networksOfTheEngineAreNeverTouched(name: String) throws {
  #expect(try removing("all: true").verdict(on: network(name))?.reason.code == .engineOwned)
  #expect(try removing("name: \(name)").verdict(on: network(name))?.reason.code == .engineOwned)
}

@Test func networksOfASwarmAreNeverTouched() throws {
  let verdict = try removing("all: true").verdict(on: network("shop", scope: "swarm"))
  #expect(verdict?.reason.code == .engineOwned)
}

@Test func networkThatAContainerIsAttachedToIsKeptWhateverItsState() throws {
  for state in ContainerState.known {
    let user = container("web", state: state, networks: ["bridge", "shop"])
    let verdict = try removing("all: true").verdict(on: network("shop"), [user])
    #expect(verdict == .keep(Reason(.inUse, detail: "used by web")))
  }
}

@Test func networkWhoseContainersAreRemovedWasUsedUntilNow() throws {
  let containers = "remove:\n  containers:\n    - all: true\n  networks:\n"
  let shop = network("shop", lastUsed: try ago("90d"))
  let users = [container("web", networks: ["shop"])]
  #expect(try policy(containers + "    - all: true\n").removed([shop], users) == ["shop"])
  #expect(try policy(containers + "    - unused-for: 1d\n").removed([shop], users) == [])
  #expect(try policy(containers + "    - unused-for: 1d\n").removed([shop]) == ["shop"])
}

@Test func networkKeysMatch() throws {
  var all = ["a-1", "a-2", "b"].map { network($0, lastUsed: now) }
  all[1].labels = ["x": ""]
  all[2].driver = "macvlan"
  all[2].lastUsed = try ago("7d")
  #expect(try removing("name: \"a-*\"").removed(all) == ["a-1", "a-2"])
  #expect(try removing("label: x").removed(all) == ["a-2"])
  #expect(try removing("driver: macvlan").removed(all) == ["b"])
  #expect(try removing("unused-for: 7d").removed(all) == ["b"])
  #expect(try removing("unused-for: 0s").removed([network("unknown")]) == [])
  #expect(try removing("unused-for: 8d").removed(all) == [])
}

@Test func keepAndGraceBeatRulesForNetworks() throws {
  let policy = try policy(
    "grace: 1h\nkeep:\n  networks:\n    - label: x\nremove:\n  networks:\n    - all: true\n")
  var all = ["kept", "young", "old", "unknown"].map { network($0) }
  all[0].labels = ["x": ""]
  all[1].created = try ago("59m")
  all[2].created = try ago("1h")
  #expect(policy.removed(all) == ["old"])
  #expect(policy.verdict(on: all[0])?.reason.rule?.keyPath == "keep.networks[0]")
  #expect(policy.verdict(on: all[3])?.reason.code == .grace)
}
