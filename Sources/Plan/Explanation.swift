package import Inventory
package import Policy

/// Why one object is kept or removed, what it holds, and what keeps it on the disk.
package struct Explanation: Hashable, Sendable {
  package let object: ObjectID
  package let title: String
  package let policy: String
  package let weighing: Weighing
  /// What removing it alone frees, with everything else in place.
  package let alone: Footprint
  /// What it frees when all that the policy removes has gone before.
  package let withPlan: Footprint
  /// Stretches of its layers that others hold too, from its end towards the base.
  package let pins: [Pin]
  /// What people call the holders of the pins.
  package let names: [ObjectID: String]
  /// Why a figure is an interval, in sentences for people.
  package let notes: [String]

  package init(
    object: ObjectID, title: String, policy: String, weighing: Weighing, alone: Footprint,
    withPlan: Footprint, pins: [Pin], names: [ObjectID: String],
    notes: [String] = []
  ) {
    self.object = object
    self.title = title
    self.policy = policy
    self.weighing = weighing
    self.alone = alone
    self.withPlan = withPlan
    self.pins = pins
    self.names = names
    self.notes = notes
  }

  /// Explains an object of a snapshot under a policy; nil where the snapshot does not have it.
  ///
  /// - Parameter container: the container that Balai runs in.
  package init?(
    of object: ObjectID, on snapshot: Snapshot, under policy: RetentionPolicy, at now: Timestamp,
    runningIn container: ContainerID? = nil
  ) {
    guard
      let weighing = policy.weighing(of: object, on: snapshot, at: now, runningIn: container)
    else { return nil }
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: container)
    let ledger = StorageLedger(snapshot)
    var rest = ledger
    for other in Draft(snapshot, verdicts).steps.removed where other != object {
      _ = rest.release(other)
    }
    let alone = ledger.gain(of: object).total
    let withPlan = rest.release(object).total
    let pins = ledger.pins(of: object)
    let titles = snapshot.titles(of: Set(pins.flatMap(\.holders)))
    self.init(
      object: object, title: snapshot.title(of: object), policy: policy.name, weighing: weighing,
      alone: alone, withPlan: withPlan, pins: pins,
      names: titles, notes: Self.notes(alone, withPlan, snapshot, ledger) + Self.notes(on: policy))
  }

  private static func notes(on policy: RetentionPolicy) -> [String] {
    guard policy.space != nil else { return [] }
    return [
      "this is what the rules say; whether it goes is for the plan to say, by the policy's space budget"
    ]
  }

  private static func notes(
    _ alone: Footprint, _ withPlan: Footprint, _ snapshot: Snapshot, _ ledger: StorageLedger
  ) -> [String] {
    guard !alone.content.isExact || !withPlan.content.isExact else { return [] }
    if snapshot.engine.imageStore == .containerd { return [PlanNotes.containerdStore] }
    return ledger.unknownHolders > 0 ? [PlanNotes.unknownHolders] : []
  }
}
