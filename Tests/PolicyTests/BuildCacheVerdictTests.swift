import Inventory
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  build-cache:\n    - {\(rule)}\n")
}

extension RetentionPolicy {
  fileprivate func judge(_ records: [BuildCacheRecord]) -> [String: ObjectVerdict] {
    verdicts(on: .with(buildCache: records), at: now, runningIn: nil).buildCache
  }

  fileprivate func removed(_ records: [BuildCacheRecord]) -> [String] {
    let verdicts = judge(records)
    return records.map(\.id).filter { verdicts[$0]?.isRemoval == true }
  }
}

@Test func buildCacheThatWasNotAskedForHasNoVerdicts() throws {
  let verdicts = try removing("all: true").verdicts(on: .with(), at: now, runningIn: nil)
  #expect(verdicts.buildCache.isEmpty)
}

@Test func buildCacheKeysMatch() throws {
  let all = [
    record("a", lastUsed: try ago("7d")), record("b", "source.local", isShared: true),
    record("c", "exec.cachemount"),
  ]
  #expect(try removing("all: true").removed(all) == ["a", "b", "c"])
  #expect(try removing("type: [regular, exec.cachemount]").removed(all) == ["a", "c"])
  #expect(try removing("shared: true").removed(all) == ["b"])
  #expect(try removing("shared: false").removed(all) == ["a", "c"])
  #expect(try removing("unused-for: 7d, type: regular").removed(all) == ["a"])
}

@Test func recordWithoutAUseIsUnusedSinceItsCreation() throws {
  let all = [
    record("used", created: try ago("90d"), lastUsed: try ago("6d")),
    record("never", created: try ago("7d")), record("unknown"),
  ]
  #expect(try removing("unused-for: 7d").removed(all) == ["never"])
  #expect(try removing("unused-for: 7d").judge(all)["unknown"]?.reason.detail == "last use unknown")
}

@Test func recordThatABuildUsesIsKept() throws {
  let verdict = try removing("all: true").judge([record("a", inUse: true)])["a"]
  #expect(verdict == .keep(Reason(.inUse, detail: "a build uses it")))
}

@Test func graceOfARecordCountsFromCreationAndUse() throws {
  let policy = try policy("grace: 1h\nremove:\n  build-cache:\n    - all: true\n")
  let all = [
    record("old", created: try ago("9d"), lastUsed: try ago("1h")),
    record("used", created: try ago("9d"), lastUsed: try ago("59m")),
    record("made", created: try ago("59m")), record("unknown"),
  ]
  #expect(policy.removed(all) == ["old"])
  #expect(policy.judge(all)["unknown"]?.reason.code == .grace)
}

@Test func recordStaysWithWhatWasMadeFromIt() throws {
  let chain = [record("a"), record("b", from: ["a"]), record("c", "internal", from: ["b", "x"])]
  #expect(try removing("all: true").removed(chain) == ["a", "b", "c"])
  #expect(try removing("type: internal").removed(chain) == ["c"])
  let policy = try removing("type: regular")
  #expect(policy.removed(chain) == [])
  #expect(policy.judge(chain)["a"] == .keep(Reason(.parentOfKept, detail: "b was made from it")))
}

@Test func keptRecordHoldsWhatItWasMadeFrom() throws {
  let policy = try policy(
    "keep:\n  build-cache:\n    - type: internal\nremove:\n  build-cache:\n    - all: true\n")
  let chain = [record("a"), record("b", from: ["a"]), record("c", "internal", from: ["b"])]
  #expect(policy.removed(chain + [record("d", from: ["a"])]) == ["d"])
}

@Test func recordStaysForAnyOfSeveralChildren() throws {
  let all = [
    record("base"), record("goes", from: ["base"]), record("z", from: ["base"], inUse: true),
    record("y", from: ["base", "base"], inUse: true),
  ]
  let policy = try removing("all: true")
  #expect(policy.removed(all) == ["goes"])
  #expect(policy.judge(all)["base"]?.reason.detail == "y was made from it")
}

@Test func recordsMadeFromEachOtherStay() throws {
  let circle = [record("a", from: ["b"]), record("b", from: ["a"]), record("c", from: ["c"])]
  let around = [record("below"), record("d", from: ["below", "a"]), record("top", from: ["d"])]
  let above = [record("e"), record("f", from: ["e"])]
  var all = circle + around + above
  all[0].parents.append("e")
  #expect(try removing("all: true").removed(all) == ["below", "d", "top", "f"])
}

@Test func chainsOfRecordsCanBeThousandsLong() throws {
  let count = 20_000
  var records = (0..<count).map { record("r\($0)", from: $0 == 0 ? [] : ["r\($0 - 1)"]) }
  #expect(try removing("all: true").removed(records).count == count)
  records[count - 1].inUse = true
  #expect(try removing("all: true").removed(records).isEmpty)
  records[count - 1].inUse = false
  records[count - 1].parents.append("r\(count - 1)")
  #expect(try removing("all: true").removed(records).isEmpty)
}
