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
  }
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
