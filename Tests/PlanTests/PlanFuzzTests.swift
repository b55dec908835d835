import Foundation
import Plan
import Policy
import ShippedPolicies
import TestSupport
import Testing

/// Whatever a plan file holds: a plan that reads back as it was written, or an error that says what is
/// wrong; never the end of the process, and never for ever.
///
/// A failure names its seed; `BALAI_FUZZ_ROUNDS` makes more rounds.
@Suite(.timeLimit(.minutes(30))) struct PlanFuzzTests {
  /// In memory where there is such a place: every save waits until the disk has it.
  private let path =
    (FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory())
    + "balai-plan-fuzz-\(UUID().uuidString).json"

  @Test func damagedPlanIsAnErrorWithAReasonOrAPlanThatReadsBack() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let plans = try self.plans()
    var (read, refused) = (0, 0)
    for seed in HostileText.rounds(250) {
      let original = plans[Int(seed) % plans.count]
      let damaged = HostileText(damaging: original, seed: seed)
      let refusal = try self.refusal(of: damaged.data, "seed \(seed)")
      if refusal == nil { read += 1 } else { refused += 1 }
    }
    #expect(refused > 0 && (read > 0 || HostileText.rounds(250).count < 100), "no law was tried")
  }

  @Test func plansThatOnceMadeTroubleDoNotAnyMore() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let corpus = try HostileText.corpus("plans")
    #expect(corpus.count >= 8)
    for (name, data) in corpus {
      let refusal = try self.refusal(of: data, Comment(rawValue: name))
      #expect((refusal == nil) == name.hasPrefix("good-"), "\(name): \(refusal ?? "read")")
    }
  }

  @Test(arguments: ["[", "{\"a\":", "{\"format\":2,\"steps\":["])
  func plansNestedAMillionDeepAreRefused(_ sign: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let deep = Data(String(repeating: sign, count: 1_000_000).utf8)
    #expect(try refusal(of: deep, "deep") != nil)
  }

  /// Why it is no plan; nil where it is one, which must be written and read as the same.
  private func refusal(of data: Data, _ what: Comment) throws -> String? {
    try data.write(to: URL(fileURLWithPath: path))
    let plan: RemovalPlan
    do throws(PlanError) {
      plan = try RemovalPlan(readingFile: path)
    } catch {
      switch error {
      case .unreadable(let file, let reason):
        #expect(file == path && !reason.isEmpty && reason.utf8.count < 100_000, what)
      case .unknownFormat(let file, let format):
        #expect(file == path && format != RemovalPlan.currentFormat, what)
      default: Issue.record("\(what): \(error)")
      }
      return error.description
    }
    try plan.save(to: path)
    #expect(try RemovalPlan(readingFile: path) == plan, what)
    return nil
  }

  /// Saved ones: of random stores under random and shipped policies.
  private func plans() throws -> [String] {
    var texts: [String] = []
    let policies = (0..<6).map { RandomPolicy(seed: $0).text } + ShippedPolicies.all.map(\.text)
    for (seed, text) in policies.enumerated() {
      let store = RandomSnapshot(seed: UInt64(seed)).snapshot
      let policy = try RetentionPolicy(reading: text, from: "fuzz", named: "fuzz")
      guard let plan = try? Planner.plan(store, policy, at: RandomSnapshot.now) else { continue }
      try plan.save(to: path)
      texts.append(try String(contentsOfFile: path, encoding: .utf8))
    }
    try #require(texts.count > 5)
    return texts
  }
}
