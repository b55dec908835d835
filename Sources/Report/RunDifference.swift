import Inventory

/// Why what a run freed is not what its plan said, and why the file system tells something else.
struct RunDifference {
  /// Empty where everything agrees, and as long as the journal is open.
  let sentences: [String]

  /// Below that the file system's own bookkeeping explains a difference: directories that keep their
  /// size, a journal, other processes' logs.
  private static let noise: Int64 = 1 << 20

  init(_ run: RunRecord) {
    guard run.end != .running, run.end != .killed else {
      sentences = []
      return
    }
    let freed = run.freedByRecord
    sentences = [
      Self.onPrediction(of: run, freed: freed.content),
      Self.onMeasure(of: run, freed: freed.disk),
    ].compactMap(\.self)
  }

  private static func onPrediction(of run: RunRecord, freed: Bytes) -> String? {
    let predicted = run.predicted.content
    let less = predicted.atLeast - freed.atLeast
    let more = predicted.isBounded ? freed.atMost - predicted.atMost : 0
    guard less > 0 || more > 0 else { return nil }
    let gap = less > 0 ? "\(HumanSize.text(less)) less" : "\(HumanSize.text(more)) more"
    let missing = run.steps.count { $0.outcome != .done }
    let why =
      missing > 0
      ? "\(Wording.count(missing, "step")) did not go as planned"
      : "every step was done, so something else has changed on the host"
    return "freed \(gap) than the predicted \(HumanSize.text(predicted)): \(why)"
  }

  private static func onMeasure(of run: RunRecord, freed: Bytes?) -> String? {
    guard let measured = run.measured, let freed, freed.isBounded else { return nil }
    let less = freed.atLeast - measured
    let more = measured - freed.atMost
    guard max(less, more) > max(noise, freed.atMost / 200) else { return nil }
    let gap = less > 0 ? "\(HumanSize.text(less)) less" : "\(HumanSize.text(more)) more"
    let why =
      less > 0
      ? "something else wrote to it meanwhile, or a removed file is still open"
      : "something else was deleted from it meanwhile"
    return "the engine's file system gained \(gap) than the \(HumanSize.text(freed)) that were "
      + "removed: \(why)"
  }
}

extension RunRecord {
  /// What was freed, or what the steps that were done should have freed where the run could not say.
  var freedByRecord: Footprint {
    freed ?? steps.filter { $0.outcome == .done }.reduce(.zero) { $0 + $1.frees }
  }
}
