import ArgumentParser
import Foundation
import Inventory
import Plan
import Report
import Sweep

struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove what a policy selects, or what a saved plan lists: show it, ask, do it.",
    discussion: """
      Each object is looked at again just before it is removed; what is not as it was planned is left \
      alone. Nothing is ever forced. -f only means that no question is asked.

      With -a, --volumes or --filter it takes what 'docker system prune' with the same flags takes, \
      and no policy.

      Examples:
        balai prune
        balai prune -n -p stop-rm-rmi
        balai prune -f -p workstation
        balai prune -a --filter until=24h --filter label!=keep
        balai prune plan.json
      """)

  @Argument(help: "A plan that 'balai plan -o' saved.")
  var plan: String?

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var docker: DockerPruneOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var sweeping: SweepingOptions

  @Flag(name: [.customShort("n"), .long], help: "Show the plan and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var force = false

  @OptionGroup var undo: UndoOptions

  @Flag(name: .shortAndLong, help: "Also list everything that stays, and why.")
  var verbose = false

  @Flag(
    help: """
      With -n: exit with 2 if there is something to remove, with 5 if that is less than the policy's \
      space target.
      """)
  var detailedExitcode = false

  func validate() throws {
    if detailedExitcode, !dryRun {
      throw ValidationError("--detailed-exitcode says what a dry run found; it needs -n.")
    }
  }

  func run() async throws {
    try await reporting(output) { console in
      let deadline = Deadline(after: sweeping.deadline?.time, output, telling: console)
      if plan != nil, policy.policy != nil { throw Refusal.planAndPolicy }
      if plan != nil, docker.areGiven { throw Refusal.planAndFlags }
      if !dryRun, !force, !console.canAsk { throw Refusal.nobodyToAsk }
      let saved = try plan.map { file in
        try GivenFile.check(file, what: "plan")
        return try RemovalPlan(readingFile: file)
      }
      let chosen = try docker.policy(instead: policy, at: .now)
      var session = try await Session.open(engine, telling: console)
      try saved?.check(for: session.client.identity)
      if saved == nil, output.format == .table { session.tellIfFirst(console) }
      let plan: RemovalPlan
      if let saved {
        plan = saved
      } else {
        plan = try await session.plan(
          chosen, at: .now, askingRegistries: undo.requireRestorable)
      }
      let presentation = output.presentation(on: console, isVerbose: verbose)
      if dryRun || output.format == .table { try console.write(presentation.plan(plan)) }
      if dryRun {
        return plan.statusOfDryRun(
          detailed: detailedExitcode, losingNothing: undo.requireRestorable)
      }
      try plan.checkLimits()
      if undo.requireRestorable {
        // What a registry had when the plan was saved, it may have no more.
        if saved != nil { try await session.askRegistries(about: plan.steps.removed) }
        try plan.checkRestorable(registered: session.snapshot.registered)
      }
      let asks = !force && !plan.isEmpty
      guard !asks || console.ask("Remove these?", presentation, { $0.plan(plan) }) else {
        console.log("nothing was removed\n")
        return .done
      }
      var hasWaited = false
      let lock = try await session.takeLock(waiting: sweeping.wait?.time ?? .zero) { reason in
        hasWaited = true
        if sweeping.wait != nil { console.log("\(SafeText(reason)); waiting\n") }
      }
      // The answer may have taken hours, as may the measuring. What is carried out is still the plan that
      // was shown.
      let isOld = Timestamp.now - session.snapshot.takenAt > .seconds(10)
      let mustLook = try await session.removeLeftovers(holding: lock) || asks || hasWaited || isOld
      if mustLook { try await session.lookAgain() }
      if mustLook || saved != nil {
        try await session.askBuildCache(needed: plan.removesBuildCache)
        try await session.measure(for: plan)
      }
      return try await sweep(
        plan, &session, presentation, console, until: deadline, holding: lock)
    }
  }

  private func sweep(
    _ plan: RemovalPlan, _ session: inout Session, _ presentation: Presentation,
    _ console: Console, until deadline: Deadline, holding lock: borrowing SweepLock
  ) async throws -> ExitStatus {
    try await session.closeInterruptedRuns(console, holding: lock)
    session.deleteExpiredCopies(console, before: plan)
    session.forgetOldDescriptions()
    if plan.isEmpty {
      let nothing = RunRecord(nothingOf: plan, at: .now)
      if output.format == .json { try console.write(presentation.result(of: nothing)) }
      return plan.statusWhenDone
    }
    let archiving = try session.archiving(for: plan)
    let progress = SweepProgress(steps: plan.steps.count, on: console, clock: { .now })
    let tally = SweepTally(progress, frees: true)
    let root = session.root
    let sweeper = Sweeper(
      session.client, session.index.now, clock: { .now }, freeSpace: { root?.space()?.free },
      runningIn: OwnContainer.id(), volumeContent: { await root?.volumeContent($0) },
      archiving: archiving, observer: { tally.note($0) })
    let signals = Signals()
    deadline.holds(for: signals.interruption)
    let watch = Task { await progress.watch() }
    let result = try await sweeper.carryOut(
      plan, on: session.snapshot, holding: lock, until: signals.interruption)
    watch.cancel()
    progress.finish()
    return try await session.report(
      result, presentation, console, signals: signals, otherwise: plan.statusWhenDone)
  }
}

extension RunRecord {
  /// What came of a plan that lists nothing: no run, and none is in the index.
  fileprivate init(nothingOf plan: RemovalPlan, at time: Timestamp) {
    self.init(
      id: 0, engineKey: plan.engine.key, engineName: plan.engine.hostName,
      policy: plan.policy.name, startedAt: time, finishedAt: time, end: .complete,
      predicted: .zero, freed: .zero)
  }
}
