import Foundation
import Inventory
import Policy
import TestSupport
import Testing

@testable import Plan

/// Limits hold to the very figure, and only a plan beyond them is refused.
struct BrakesTests {
  private static let seeds = 0..<60 as Range<UInt64>
  private let now = RandomSnapshot.now

  @Test(arguments: seeds)
  func aPlanIsRefusedFromOneBeyondEachLimitOn(seed: UInt64) throws {
    let snapshot = RandomSnapshot(seed: seed, volumes: 0).snapshot
    let rules = RandomPolicy(seed: seed).text
    func plan(_ limits: String) throws -> RemovalPlan {
      let policy = try RetentionPolicy(reading: rules + limits, from: "f", named: "n")
      return try Planner.plan(snapshot, policy, at: now)
    }
    guard let free = try? plan(""), !free.isEmpty else { return }
    let tagged = snapshot.images.filter { !$0.isUntagged }
    let gone = tagged.count { free.steps.removed.contains(.image($0.id)) }
    let share = (gone * 100 + tagged.count - 1) / max(1, tagged.count)
    let figures = [
      ("objects", free.steps.removed.count, ""), ("bytes", Int(free.frees.content.atMost), "b"),
      ("image-share", share, "%"), ("stopped", free.steps.count { $0.action == .stop }, ""),
    ]
    for (name, figure, unit) in figures {
      let within = try plan("limits: { \(name): \(figure)\(unit) }\n")
      #expect(within.breaches == nil && within.steps == free.steps)
      #expect(throws: Never.self) { try within.checkLimits() }
      guard figure > 0 else { continue }
      let beyond = try plan("limits: { \(name): \(figure - 1)\(unit) }\n")
      #expect(beyond.breaches?.map(\.name) == [name] && beyond.steps == free.steps)
      #expect {
        try beyond.checkLimits()
      } throws: { error in
        "\(error)".contains("limits.\(name)") && "\(error)".contains("\(figure - 1)")
      }
    }
  }

  @Test func aSavedPlanKeepsItsBudgetAndWhatItIsBeyond() throws {
    var snapshot = RandomSnapshot(seed: 4).snapshot
    snapshot.space = DiskSpace(capacity: 1 << 30, available: 1, free: 1)
    let policy = try RetentionPolicy(
      reading: """
        version: 1
        grace: 0s
        remove:
          images: [{all: true}]
        space: { min-free-space: 99% }
        limits: { objects: 0 }
        """, from: "f", named: "n")
    let plan = try Planner.plan(snapshot, policy, at: now)
    let file = NSTemporaryDirectory() + "brakes-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try plan.save(to: file)
    #expect(try RemovalPlan(readingFile: file) == plan)
    #expect(plan.budget?.isMissed == true && plan.breaches?.count == 1)
  }

  @Test func freeSpaceThatCannotBeSeenIsAnError() throws {
    let snapshot = RandomSnapshot(seed: 4).snapshot
    func plan(_ space: String) throws -> RemovalPlan {
      let text = "version: 1\nremove:\n  images: [{dangling: true}]\nspace: \(space)\n"
      return try Planner.plan(
        snapshot, try RetentionPolicy(reading: text, from: "f", named: "n"), at: now)
    }
    for (space, key) in [
      ("{ min-free-space: 1GB }", "min-free-space"), ("{ max-used-space: 5% }", "max-used-space"),
      ("{ min-free-inodes: 5 }", "min-free-inodes"),
      ("{ max-used-space: 1GB, reserved-space: 1% }", "reserved-space"),
    ] {
      #expect(throws: PlanError.unknownSpace(key: key, root: "/var/lib/docker")) {
        try plan(space)
      }
    }
    #expect(try plan("{ max-used-space: 1b, reserved-space: 1b }").budget?.isUnderPressure == true)
  }

  /// Inodes of objects are not measured: where they are short, all goes.
  @Test func whereInodesAreShortEverythingGoes() throws {
    var snapshot = RandomSnapshot(seed: 5).snapshot
    snapshot.space = DiskSpace(
      capacity: 1 << 30, available: 1 << 29, free: 1 << 29, inodes: 1_000, freeInodes: 49)
    func plan(_ space: String) throws -> RemovalPlan {
      let text = "version: 1\ngrace: 0s\nremove:\n  images: [{all: true}]\n\(space)"
      return try Planner.plan(
        snapshot, try RetentionPolicy(reading: text, from: "f", named: "n"), at: now)
    }
    let all = try plan("").steps
    let short = try plan("space: { min-free-inodes: 5%, min-free-space: 1b }\n")
    #expect(short.steps == all && short.budget?.isMissed == false)
    #expect(try plan("space: { min-free-inodes: 49 }\n").isEmpty)
    let both = try plan("space: { min-free-inodes: 5%, max-used-space: 1GB }\n")
    #expect(both.steps == all, "though less would do for the space")
    snapshot.images = []
    let nothing = try plan("space: { min-free-inodes: 5% }\n")
    #expect(nothing.isEmpty && nothing.budget?.isMissed == true)
    // A file system without a limit of its own is never short of them.
    snapshot.space = DiskSpace(capacity: 1 << 30, available: 1, free: 1)
    #expect(try plan("space: { min-free-inodes: 5% }\n").isEmpty)
  }
}
