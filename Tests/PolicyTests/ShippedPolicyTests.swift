import Foundation
import Inventory
import ShippedPolicies
import TestSupport
import Testing

@testable import Policy

private let shipped = ShippedPolicies.all

private func shippedPolicy(_ name: String) throws -> RetentionPolicy {
  let text = try #require(shipped.first { $0.name == name }?.text)
  return try RetentionPolicy(reading: text, from: name, named: name)
}

@Test(arguments: shipped.map(\.name))
func shippedPolicyReadsAndSaysWhatItIs(name: String) throws {
  let policy = try shippedPolicy(name)
  #expect(policy.description?.isEmpty == false)
  let again = try RetentionPolicy(reading: policy.effectiveText, from: name, named: name)
  #expect(again.effectiveText == policy.effectiveText)
}

@Test(arguments: shipped.map(\.name).filter { $0 != "stop-rm-rmi" })
func shippedPolicyKeepsWhatIsLabelled(name: String) throws {
  let policy = try shippedPolicy(name)
  for seed in 0..<UInt64(50) {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
    for image in store.images where image.labels["balai.keep"] != nil {
      #expect(verdicts.images[image.id]?.isRemoval == false)
    }
    for container in store.containers where container.labels["balai.keep"] != nil {
      #expect(verdicts.containers[container.id]?.isRemoval == false)
    }
    for volume in store.volumes where volume.labels["balai.keep"] != nil {
      #expect(verdicts.volumes[volume.name]?.isRemoval == false)
    }
    for network in store.networks where network.labels["balai.keep"] != nil {
      #expect(verdicts.networks[network.id]?.isRemoval == false)
    }
  }
}

@Test(arguments: shipped.map(\.name))
func shippedPolicyTakesNoNamedVolume(name: String) throws {
  let policy = try shippedPolicy(name)
  for seed in 0..<UInt64(50) {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
    for volume in store.volumes where !volume.isAnonymous {
      #expect(verdicts.volumes[volume.name]?.isRemoval == false)
    }
  }
}

@Test(arguments: [("workstation", Int64(30), Int64(30)), ("ci-runner", 1, 7)])
func shippedPolicyTakesLeftoversOnceUnusedForSoManyDays(
  name: String, days: Int64, cacheDays: Int64
) throws {
  let policy = try shippedPolicy(name)
  var removed = 0
  for seed in 0..<UInt64(50) {
    let store = RandomSnapshot(seed: seed, buildCache: 16).snapshot
    let verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
    func isOld(_ times: [Timestamp?], _ days: Int64) -> Bool {
      times.allSatisfy { time in
        time.map { RandomSnapshot.now - $0 >= .seconds(days * 86_400) } ?? true
      }
    }
    for volume in store.volumes where verdicts.volumes[volume.name]?.isRemoval == true {
      #expect(isOld([volume.lastUsed, volume.firstSeen, volume.created], days))
      removed += 1
    }
    for network in store.networks where verdicts.networks[network.id]?.isRemoval == true {
      #expect(isOld([network.lastUsed, network.firstSeen, network.created], days))
      removed += 1
    }
    for record in store.buildCache ?? [] where verdicts.buildCache[record.id]?.isRemoval == true {
      #expect(isOld([record.lastUsed ?? record.created], cacheDays))
      removed += 1
    }
  }
  #expect(removed > 50)
}

@Test(arguments: [
  "default", "stop-rm-rmi", "keep-newest", "docker-gc", "docker-custodian", "docuum", "kubelet",
])
func shippedPolicyLeavesVolumesNetworksAndBuildCache(name: String) throws {
  let policy = try shippedPolicy(name)
  #expect(!policy.removesVolumes && !policy.removesNetworks && !policy.removesBuildCache)
}

@Test func stopRmRmiLeavesOnlyWhatHasAnUnknownState() throws {
  let policy = try shippedPolicy("stop-rm-rmi")
  #expect(policy.grace == .zero)
  #expect(policy.removesAllImages)
  for seed in 0..<UInt64(50) {
    var store = RandomSnapshot(seed: seed).snapshot
    store.containers.removeAll { if case .unknown = $0.state { true } else { false } }
    let verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
    #expect(verdicts.images.values.allSatisfy { $0.isRemoval })
    #expect(verdicts.containers.values.allSatisfy { $0.isRemoval })
  }
}

@Test func defaultTakesNoTagAndNoRunningContainer() throws {
  let policy = try shippedPolicy("default")
  var removed = 0
  for seed in 0..<UInt64(50) {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
    for image in store.images where verdicts.images[image.id]?.isRemoval == true {
      #expect(image.isUntagged)
      removed += 1
    }
    for container in store.containers where verdicts.containers[container.id]?.isRemoval == true {
      #expect(!container.state.isActive)
      removed += 1
    }
  }
  #expect(removed > 0)
}

@Test func everyExampleOfThePolicyReferenceReads() throws {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let page = try String(
    contentsOf: root.appending(path: "docs/policy-reference.md"), encoding: .utf8)
  let examples = page.components(separatedBy: "```yaml\n").dropFirst().compactMap {
    $0.components(separatedBy: "```").first
  }
  #expect(!examples.isEmpty)
  for example in examples {
    _ = try RetentionPolicy(reading: example, from: "policy-reference.md", named: "example")
  }
  for key in RuleKey.allCases {
    #expect(examples.contains { $0.contains(key.rawValue + ":") }, "no example of \(key.rawValue)")
    #expect(page.contains("| `\(key.rawValue)` |"), "\(key.rawValue) is not explained")
  }
}
