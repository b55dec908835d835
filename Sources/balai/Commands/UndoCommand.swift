import ArgumentParser
import Engine
import Foundation
import Inventory
import Plan
import Report
import Sweep

struct UndoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Bring back what a run removed: show it, ask, do it.",
    discussion: """
      Images are pulled again by their digests, or loaded from the copies that the policy had saved; \
      containers, volumes and networks are created again from what was kept of them. Nothing is taken \
      away for it: a tag or a name that something else has meanwhile stays where it is. Volumes and \
      writable layers of which no copy was saved come back empty.

      OBJECT is a name, a reference, an id or its beginning, with its kind before it where several fit \
      (container:web); what it needs comes along. Without any, everything comes back.

      Examples:
        balai undo 7 -n
        balai undo 7
        balai undo 7 web --start
      """)

  @Argument(help: ArgumentHelp("The number of a run (balai history).", valueName: "run"))
  var number: Int64

  @Argument(help: "What to bring back of it.")
  var objects: [String] = []

  @OptionGroup var engine: EngineOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var sweeping: SweepingOptions

  @Flag(name: [.customShort("n"), .long], help: "Show what would come back and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var force = false

  @Flag(help: "Also start the containers that had been running.")
  var start = false

  func run() async throws {
    try await reporting(output) { console in
      let deadline = Deadline(after: sweeping.deadline?.time, output, telling: console)
      if !dryRun, !force, !console.canAsk { throw Refusal.nobodyToAskAboutUndo }
      if engine.noIndex { throw Refusal.undoWithoutIndex }
      let session = try await Session.open(engine, telling: console)
      let plan = try plan(session)
      let presentation = output.presentation(on: console)
      if dryRun || output.format == .table { try console.write(presentation.undo(plan)) }
      if dryRun { return .done }
      let asks = !force && plan.bringsAnythingBack
      guard !asks || console.ask("Bring these back?", presentation, { $0.undo(plan) }) else {
        console.log("nothing was changed\n")
        return .done
      }
      let lock = try await session.takeLock(waiting: sweeping.wait?.time ?? .zero) {
        if sweeping.wait != nil { console.log("\(SafeText($0)); waiting\n") }
      }
      return try await carryOut(
        plan, session, presentation, console, until: deadline, holding: lock)
    }
  }

  private func plan(_ session: Session) throws -> UndoPlan {
    guard let run = try session.index.now.run(number) else { throw Refusal.noSuchRun(number) }
    guard run.undoes == nil else { throw Refusal.undoOfAnUndo(number) }
    guard run.engineKey == session.client.identity.key else {
      throw SweepError.otherEngine(run: run.id, engine: run.engineName)
    }
    var selected: Set<Int>?
    for object in objects {
      let found = run.steps(meantBy: object)
      guard !found.isEmpty else { throw Refusal.noSuchObjectInRun(object, run: number) }
      selected = (selected ?? []).union(found)
    }
    return UndoPlan(
      of: run, try session.index.now.keepsakes(ofRun: number),
      after: try session.index.now.undos(of: number), only: selected, starting: start)
  }

  private func carryOut(
    _ shown: UndoPlan, _ session: Session, _ presentation: Presentation, _ console: Console,
    until deadline: Deadline, holding lock: borrowing SweepLock
  ) async throws -> ExitStatus {
    try await session.closeInterruptedRuns(console, holding: lock)
    guard try session.index.now.run(number) == shown.run else { throw Refusal.runWentOn(number) }
    // The same steps, after all that undos before this one did until they gave the lock away.
    let plan = try self.plan(session)
    _ = try await session.removeLeftovers(holding: lock)
    if plan.isEmpty {
      let nothing = RunRecord(undoingNothingOf: plan.run, at: .now)
      if output.format == .json { try console.write(presentation.result(of: nothing)) }
      return .done
    }
    let progress = SweepProgress(steps: plan.steps.count, on: console, clock: { .now })
    let tally = SweepTally(progress, frees: false)
    let credentials = RegistryCredentials(environment: ProcessInfo.processInfo.environment)
    let undoer = Undoer(
      session.client, session.index.now, clock: { .now },
      authorization: { (reference) async throws(EngineError) in
        try await credentials.authorization(for: reference)
      }, observer: { tally.note($0) })
    let signals = Signals()
    deadline.holds(for: signals.interruption)
    let watch = Task { await progress.watch() }
    let result = try await undoer.carryOut(plan, holding: lock, until: signals.interruption)
    watch.cancel()
    progress.finish()
    return try await session.report(
      result, presentation, console, signals: signals, otherwise: .done)
  }
}

extension RunRecord {
  /// What came of an undo that has nothing to bring back: no run, and none is in the index.
  fileprivate init(undoingNothingOf run: RunRecord, at time: Timestamp) {
    self.init(
      id: 0, engineKey: run.engineKey, engineName: run.engineName, policy: run.policy,
      startedAt: time, finishedAt: time, end: .complete, predicted: .zero, freed: .zero,
      undoes: run.id)
  }
}
