import Foundation
import Inventory
import ShippedPolicies
import TestSupport
import Testing

@testable import Policy

/// Whatever a policy's file holds: a policy that is printed as it is understood and reads back as the
/// same, or an error with a line; never the end of the process, and never for ever.
///
/// A failure names its seed; `BALAI_FUZZ_ROUNDS` makes more rounds.
@Suite(.timeLimit(.minutes(30))) struct PolicyFuzzTests {
  @Test func damagedPolicyIsAnErrorWithALineOrAPolicyThatReadsBack() throws {
    let policies = ShippedPolicies.all.map(\.text) + (0..<9).map { RandomPolicy(seed: $0).text }
    let store = RandomSnapshot(seed: 1).snapshot
    var (read, refused) = (0, 0)
    for seed in HostileText.rounds(350) {
      let original = policies[Int(seed) % policies.count]
      let damaged = HostileText(damaging: original, seed: seed).text
      if Self.readsBack(damaged, judging: store, "seed \(seed)") { read += 1 } else { refused += 1 }
    }
    #expect(refused > 0 && (read > 0 || HostileText.rounds(350).count < 100), "no law was tried")
  }

  @Test func policiesThatOnceMadeTroubleDoNotAnyMore() throws {
    let corpus = try HostileText.corpus("policies")
    #expect(corpus.count >= 8)
    let store = RandomSnapshot(seed: 1).snapshot
    for (name, data) in corpus {
      let text = String(decoding: data, as: UTF8.self)
      let isPolicy = Self.readsBack(text, judging: store, Comment(rawValue: name))
      #expect(isPolicy == name.hasPrefix("good-"), "\(name)")
    }
  }

  /// Whether it is a policy.
  private static func readsBack(
    _ text: String, judging store: Snapshot, _ what: Comment
  ) -> Bool {
    let policy: RetentionPolicy
    do throws(PolicyError) {
      policy = try RetentionPolicy(reading: text, from: "f.yaml", named: "f")
    } catch {
      guard case .invalid("f.yaml", let problems) = error else {
        Issue.record("\(what): \(error)")
        return false
      }
      let lines = text.utf8.count { $0 == 0x0a } + 1
      #expect(!problems.isEmpty && problems.count <= PolicyReader.mostProblems, what)
      for problem in problems {
        #expect(!problem.message.isEmpty, what)
        #expect((1...lines + 1).contains(problem.line), "\(what): \(problem)")
        #expect(!problem.description.unicodeScalars.contains { $0.value < 32 }, what)
        #expect(problem.description.utf8.count < 25_000, what)
      }
      return false
    }
    do throws(PolicyError) {
      let again = try RetentionPolicy(
        reading: policy.effectiveText, from: policy.file, named: policy.name)
      #expect(again.effectiveText == policy.effectiveText, what)
      let now = RandomSnapshot.now
      #expect(
        Self.decisions(again.verdicts(on: store, at: now, runningIn: nil))
          == Self.decisions(policy.verdicts(on: store, at: now, runningIn: nil)), what)
    } catch {
      Issue.record("\(what): \(error) of \(policy.effectiveText)")
    }
    return true
  }

  /// Without reasons, which name lines.
  private static func decisions(_ verdicts: Verdicts) -> [String] {
    let images = verdicts.images.map { "\($0.key) \($0.value.decision)" }
    let containers = verdicts.containers.map { "\($0.key) \($0.value.decision)" }
    return (images + containers).sorted()
  }
}
