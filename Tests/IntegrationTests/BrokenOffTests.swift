import Foundation
import Index
import Inventory
import Synchronization
import TestSupport
import Testing

/// A sweep that is killed or interrupted on a real engine leaves a journal that says what happened.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct BrokenOffTests {
  /// Starts a sweep of everything, sends it a signal as soon as a step is over, and answers its exit.
  ///
  /// - Parameter terminal: is closed before the signal.
  private func sweep(
    _ balai: BalaiCommand, breakingOffWith signal: Int32, through wrapper: String? = nil,
    on terminal: Terminal? = nil
  ) async throws -> (status: Int32, reason: Process.TerminationReason) {
    let process = Process()
    process.executableURL = wrapper.map { URL(fileURLWithPath: $0) } ?? BalaiCommand.binary
    process.arguments =
      (wrapper.map { _ in [BalaiCommand.binary.path] } ?? []) + [
        "prune", "-p", "stop-rm-rmi", "-f", "-H", balai.engine.host, "--state-dir",
        balai.stateDirectory, "--format", "json",
      ]
    process.standardOutput = terminal?.output ?? FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    let index = try HostIndex(at: balai.stateDirectory + "/index.db")
    try process.run()
    while process.isRunning {
      if try index.run(1)?.steps.contains(where: { $0.outcome != nil }) ?? false {
        terminal?.close()
        kill(process.processIdentifier, signal)
        // A terminal that goes away sends more than one.
        if signal != SIGHUP { break }
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    process.waitUntilExit()
    return (process.terminationStatus, process.terminationReason)
  }

  /// One whose output nobody reads.
  private struct Terminal {
    private let master: Int32
    let output: FileHandle

    init() throws {
      master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      // TIOCSPTLCK and TIOCGPTN of ioctl_tty(2).
      var (lock, number) = (Int32(0), Int32(0))
      try #require(master >= 0 && ioctl(master, 0x4004_5431, &lock) == 0)
      try #require(ioctl(master, 0x8004_5430, &number) == 0)
      let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
      try #require(slave >= 0)
      output = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    }

    func close() { Foundation.close(master) }
  }

  private func fill(_ engine: RealEngine) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1")
    for _ in 0..<30 { try await engine.docker("create", "--network", "none", "base:1", "true") }
  }

  private func containers(_ engine: RealEngine) async throws -> Set<String> {
    let ids = try await engine.docker("ps", "-aq", "--no-trunc")
    return Set(ids.split(separator: "\n").map(String.init))
  }

  @Test func killedSweepIsClosedByTheNextOneAndNothingIsLost() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await fill(engine)
      let end = try await sweep(balai, breakingOffWith: SIGKILL)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let left = try await containers(engine)
      let killed = try #require(try index.run(1))
      for step in killed.steps where step.outcome == .done {
        #expect(!left.contains(step.object.id), "what the journal calls done is done")
      }
      for step in killed.steps where step.intendedAt == nil && step.action == .removeContainer {
        #expect(left.contains(step.object.id), "nothing is done that was not written down before")
      }

      let next = try await balai("prune", "-p", "stop-rm-rmi", "-f")
      #expect(next.status == 0, "\(next.errors)")
      #expect(try await engine.everything().isEmpty)
      if end.reason == .uncaughtSignal {
        #expect(next.errors.contains("run 1 was killed before it ended"))
        let closed = try #require(try index.run(1))
        #expect(closed.end == .abandoned)
        for step in closed.steps where step.action == .removeContainer {
          // The engine may have finished what was in flight after the look at what is left.
          let wasInFlight = killed.steps[step.number].outcome == nil && step.intendedAt != nil
          if left.contains(step.object.id), !wasInFlight {
            #expect(step.outcome == .notTried("the run was killed before"))
          } else if !left.contains(step.object.id) {
            #expect(step.outcome == .done)
          }
        }
      }
    }
  }

  @Test func sweepUnderNohupGoesOnWhenItsTerminalIsGone() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await fill(engine)
      let end = try await sweep(balai, breakingOffWith: SIGHUP, through: "/usr/bin/nohup")
      #expect(end.status == 0)
      #expect(try await containers(engine).isEmpty)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func interruptedSweepFinishesWhatIsInFlightAndSaysSo(signal: Int32) async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await fill(engine)
      let terminal = signal == SIGHUP ? try Terminal() : nil
      let end = try await sweep(balai, breakingOffWith: signal, on: terminal)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let run = try #require(try index.run(1))
      let left = try await containers(engine)
      #expect(run.steps.allSatisfy { $0.outcome != nil })
      for step in run.steps where step.action == .removeContainer {
        #expect((step.outcome == .done) == !left.contains(step.object.id))
      }
      // A machine may be so slow that the sweep is over when the signal comes.
      if run.end == .interrupted { #expect(end.status == 128 + signal) }
      #expect([.interrupted, .complete].contains(run.end))
    }
  }

  @Test func engineThatIsRestartedInTheMiddleIsSweptOn() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await fill(engine)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      async let swept = balai("prune", "-p", "stop-rm-rmi", "-f")
      while try index.run(1)?.steps.contains(where: { $0.outcome != nil }) != true {
        try await Task.sleep(for: .milliseconds(2))
      }
      try await engine.kill()
      try await engine.restart()
      let run = try await swept
      #expect(run.status == 0, "\(run.output)\(run.errors)")
      #expect(try await engine.everything().isEmpty)
      #expect(try index.run(1)?.end == .complete)
    }
  }

  /// Starts a prune of everything whose list of containers of that number (from 1) does not come to its
  /// end, because the engine dies meanwhile; `after` is told when it has died.
  private func sweep(
    _ engine: RealEngine, dyingInList number: Int, after: () async throws -> Void
  ) async throws -> ProcessRun {
    let proxy = try FaultProxy(before: engine.socketPath)
    defer { proxy.stop() }
    let seen = Mutex(0)
    proxy.use { call, _ in
      guard call.kind == "GET /containers/json" else { return .pass }
      let isIt = seen.withLock { seen in
        seen += 1
        return seen == number
      }
      return isIt ? .stall(after: 1000) : .pass
    }
    let through = [
      "DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": engine.directory + "/state",
    ]
    async let swept = BalaiCommand.run(["prune", "-p", "stop-rm-rmi", "-f"], environment: through)
    while !proxy.calls.contains(where: { $0.fault != .pass && $0.engineStatus != nil }) {
      try await Task.sleep(for: .milliseconds(2))
    }
    try await engine.kill()
    proxy.endConnections()
    try await after()
    return try await swept
  }

  @Test func engineThatDiesWhileItListsEndsTheSweepBeforeItBegins() async throws {
    try await RealEngine.with { engine in
      try await fill(engine)
      let before = try await engine.everything()
      let run = try await sweep(engine, dyingInList: 1) {}
      #expect(run.status == 69, "\(run.output)\(run.errors)")
      try await engine.restart()
      #expect(try await engine.everything() == before)
      let next = try await BalaiCommand(engine: engine)("prune", "-p", "stop-rm-rmi", "-f")
      #expect(next.status == 0, "\(next.errors)")
      #expect(try await engine.everything().isEmpty)
    }
  }

  @Test func engineThatDiesWhileItListsForAStepIsSweptOn() async throws {
    try await RealEngine.with { engine in
      try await fill(engine)
      // Before a tag goes, the sweep looks at all containers once more.
      try await engine.docker("tag", "base:1", "base:2")
      try await engine.docker("create", "--name", "user", "base:1", "true")
      let run = try await sweep(engine, dyingInList: 2) { try await engine.restart() }
      #expect(run.status == 0, "\(run.output)\(run.errors)")
      #expect(try await engine.everything().isEmpty)
      let index = try HostIndex(at: engine.directory + "/state/index.db")
      #expect(try index.run(1)?.steps.allSatisfy { $0.outcome == .done } == true)
    }
  }

  @Test func deadlineEndsASweepWithATrueJournal() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      // A shell that ignores TERM takes the whole time that a stop gives it.
      try await engine.docker(
        "run", "-d", "--name", "slow", "--network", "none", "--stop-timeout", "4", "base:1", "sh",
        "-c", "trap '' TERM; while true; do sleep 1; done")
      let run = try await balai("prune", "-p", "stop-rm-rmi", "-f", "--deadline", "2s")
      #expect(run.status == 6, "\(run.output)\(run.errors)")
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      guard let record = try index.run(1) else {
        // On a busy machine it comes before the sweep.
        #expect(run.errors.contains("nothing was done"), "\(run.errors)")
        return
      }
      #expect(record.end == .deadline && record.steps.first?.outcome == .done)
      #expect(
        record.steps.dropFirst().allSatisfy { $0.outcome == .notTried("the deadline came") })
    }
  }
}
