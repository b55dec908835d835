import Engine
import Foundation
import Index
import Inventory
import Plan
import Sweep
import TestSupport
import Testing

/// What Balai keeps between runs does not stand in its way: neither what a killed run left, nor a disk
/// that takes no more.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct StateTests {
  /// A small file system of its own as the state directory.
  private func withSmallState(
    of engine: RealEngine, _ options: String = "size=1m",
    _ body: (BalaiCommand) async throws -> Void
  ) async throws {
    let balai = BalaiCommand(engine: engine)
    try await run("mkdir '\(balai.stateDirectory)'")
    try await run("mount -t tmpfs -o mode=0700,\(options) tmpfs '\(balai.stateDirectory)'")
    let result: Result<Void, any Error>
    do { result = .success(try await body(balai)) } catch { result = .failure(error) }
    try await run("umount -l '\(balai.stateDirectory)'")
    try result.get()
  }

  private func run(_ line: String) async throws {
    let run = try await ProcessRun.of("/bin/sh", ["-c", line])
    try #require(run.status == 0, "\(line): \(run.errors)")
  }

  private func firstSeen(_ balai: BalaiCommand) async throws -> [String] {
    struct Document: Decodable {
      struct Image: Decodable { let firstSeen: String }
      let images: [Image]
    }
    let run = try await balai("images", "--format", "json")
    #expect(run.status == 0, "\(run.errors)")
    return try JSONDecoder().decode(Document.self, from: Data(run.output.utf8)).images
      .map(\.firstSeen)
  }

  /// Leaves an index as a killed process does: with a run that only its write-ahead log has.
  private func leaveRunInTheLog(of balai: BalaiCommand) async throws {
    let index = try HostIndex(at: balai.stateDirectory + "/index.db")
    _ = try index.beginRun(
      RunRecord(
        id: 0, engineKey: "elsewhere", engineName: "elsewhere", policy: "default",
        startedAt: Timestamp(seconds: 1), end: .running, predicted: .zero))
    try await run("cd '\(balai.stateDirectory)' && mkdir ../log && cp index.db index.db-wal ../log")
    withExtendedLifetime(index) {}
  }

  @Test(arguments: [
    ("size=1m", "cat /dev/zero >filler 2>/dev/null || true"),
    ("size=10m,nr_inodes=7", "for i in 1 2 3 4 5 6; do touch filler$i 2>/dev/null || true; done"),
  ])
  func fullDiskStopsNoSweepAndNothingIsForgotten(options: String, filling: String) async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine, options) { balai in
        let known = try await firstSeen(balai)
        try await leaveRunInTheLog(of: balai)
        try await run("mv '\(engine.directory)'/log/* '\(balai.stateDirectory)'")
        try await run("cd '\(balai.stateDirectory)' && \(filling)")
        #expect(try await firstSeen(balai) == known)
        #expect(try await balai("history", "-q").output == "1\n")
        let plan = try await balai("plan", "-p", "stop-rm-rmi")
        #expect(plan.status == 0 && plan.output.contains("remove image"), "\(plan.errors)")
        #expect(plan.errors.split(separator: "\n").count == 1, "\(plan.errors)")
        #expect(plan.errors.contains("its disk is full"))
        #expect(
          try await balai("index").status == 1, "an index that is not written is not up to date")

        let conversation = try Conversation("balai prune -p stop-rm-rmi", with: balai)
        try #require(conversation.waitForQuestion(), "\(conversation.shown)")
        try await run("cd '\(balai.stateDirectory)' && rm -f filler*")
        #expect(conversation.answer("y") == 0, "\(conversation.shown)")
        #expect(try await engine.everything().isEmpty)
        let kept = try await balai("history", "2")
        #expect(kept.status == 0 && kept.output.contains("done"), "\(kept.output)\(kept.errors)")
        #expect(try HostIndex(at: balai.stateDirectory + "/index.db").keepsakes(ofRun: 2).count > 0)
      }
    }
  }

  /// 0 bytes and 0 inodes, before and after: what the sweep needs it has kept for itself.
  @Test func sweepOnADiskThatWasFilledSinceHasItsJournal() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine, "size=80m,nr_inodes=100") { balai in
        #expect(try await balai("index").status == 0)
        let filling = """
          cd '\(balai.stateDirectory)' && { cat /dev/zero >>filler 2>/dev/null || true; } \\
            && i=0 && while touch filler$i 2>/dev/null; do i=$((i + 1)); done
          """
        try await run(filling)
        let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi")
        #expect(swept.status == 0 && swept.errors.isEmpty, "\(swept.errors)")
        #expect(try await engine.everything().isEmpty)
        try await run(filling)
        let kept = try await balai("history", "1")
        #expect(kept.status == 0 && kept.output.contains("done"), "\(kept.output)\(kept.errors)")
        try await StoreBuilder(filling: engine).base("base:2")
        #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").errors.isEmpty)
        #expect(try await balai("history", "-q").output == "2\n1\n")
      }
    }
  }

  @Test func damagedIndexIsKeptAndANewOneMade() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let balai = BalaiCommand(engine: engine)
      let path = balai.stateDirectory + "/index.db"
      func damage() async throws {
        try await run("dd if=/dev/urandom of='\(path)' bs=4096 seek=1 count=30 conv=notrunc")
      }
      for (round, line) in [["history"], ["plan"], ["prune", "-f"], ["index"]].enumerated() {
        #expect(try await balai("index").status == 0)
        try await damage()
        let run = try await BalaiCommand.run(
          line, environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("the index was damaged"), "\(line): \(run.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: balai.stateDirectory)
        #expect(
          names.filter { $0.contains("damaged") && !$0.hasSuffix("l") && !$0.hasSuffix("m") }.count
            == round + 1,
          "\(names)")
      }
    }
  }

  @Test func indexThatBreaksWhileSomebodyIsAskedStopsNoSweep() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let conversation = try Conversation("balai prune -p stop-rm-rmi", with: balai)
      try #require(conversation.waitForQuestion(), "\(conversation.shown)")
      try await run(
        "dd if=/dev/urandom of='\(balai.stateDirectory)/index.db' bs=4096 count=60 conv=notrunc")
      #expect(conversation.answer("y") == 0, "\(conversation.shown)")
      #expect(try await engine.everything().isEmpty)
      #expect(try await balai("history").status == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: balai.stateDirectory)
      #expect(names.contains { $0.contains("damaged") }, "\(names)")
      #expect(try await balai("plan").errors.contains("damaged") == false)
    }
  }

  /// The engine stops between the question and the end of the sweep for as long as a container takes
  /// to stop: meanwhile the index breaks.
  @Test func runWhoseIndexBreaksInTheMiddleCanBeUndone() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for name in ["first", "second"] {
        try await engine.docker(
          "run", "-d", "--name", name, "--network", "none", "--stop-timeout", "3", "--env",
          "KEY=\(name)", "base:1", "sh", "-c", "trap '' TERM; while true; do sleep 1; done")
      }
      let policy = engine.directory + "/containers.yaml"
      try """
      version: 1
      grace: 0s
      stop: {containers: [{all: true}]}
      remove: {containers: [{all: true}]}
      """.write(toFile: policy, atomically: true, encoding: .utf8)
      #expect(try await balai("index").status == 0)
      let path = balai.stateDirectory + "/index.db"
      let index = try HostIndex(at: path)
      async let swept = balai("prune", "-f", "-p", policy)
      while try index.run(1)?.steps.contains(where: { $0.intendedAt != nil }) != true {
        try await Task.sleep(for: .milliseconds(2))
      }
      index.close()
      try await run(
        "cd '\(balai.stateDirectory)' && for f in index.db index.db-wal index.db-shm; do "
          + "dd if=/dev/urandom of=$f bs=4096 count=60 conv=notrunc; done")
      let prune = try await swept
      #expect(prune.status == 0 && prune.errors.contains("damaged"), "\(prune.errors)")
      #expect(try await engine.docker("ps", "-aq").isEmpty)

      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      for name in ["first", "second"] {
        let state = try await engine.docker(
          "inspect", "--format", "{{.State.Running}} {{.Config.Env}}", name)
        #expect(state.hasPrefix("true") && state.contains("KEY=\(name)"), "\(state)")
        try await engine.docker("kill", name)
      }
    }
  }

  @Test func quotaThatIsUsedUpIsAFullDisk() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      func run(_ line: String..., fullWhile file: String) async throws -> ProcessRun {
        let quota = try await QuotaLibrary.environment(fullWhile: file)
        return try await BalaiCommand.run(
          line,
          environment: quota.merging([
            "DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory,
          ]) { first, _ in first })
      }
      try await StoreBuilder(filling: engine).base("base:1")
      #expect(try await balai("index").status == 0)
      let reserve = balai.stateDirectory + "/index.db.reserve7"
      try #require(FileManager.default.fileExists(atPath: reserve))
      let swept = try await run("prune", "-f", "-p", "stop-rm-rmi", fullWhile: reserve)
      #expect(swept.status == 0 && swept.errors.isEmpty, "\(swept.errors)")
      #expect(try await balai("history", "1").output.contains("done"))

      try await StoreBuilder(filling: engine).base("base:2")
      let full = try await run("prune", "-f", "-p", "stop-rm-rmi", fullWhile: "/")
      #expect(full.status == 1 && full.errors.contains("its disk is full"), "\(full.errors)")
      #expect(full.errors.contains("the journal of this run could not be written"))
      #expect(try await engine.everything().isEmpty)
    }
  }

  @Test func sweepWithoutAnyRoomSaysThatItsJournalIsLost() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine) { balai in
        try await run("cat /dev/zero >'\(balai.stateDirectory)/filler' 2>/dev/null || true")
        let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi", "--format", "json")
        #expect(swept.status == 1, "\(swept.errors)")
        #expect(swept.output.contains("\"run\": null"), "\(swept.output)")
        #expect(swept.errors.contains("the journal of this run could not be written"))
        #expect(try await engine.everything().isEmpty)
      }
    }
  }

  /// Something else takes every byte that comes free, from before the sweep to after its end.
  @Test func journalBesideAnotherWriterIsWholeOrSaidToBeLostAndNeverFalse() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for number in 0..<5 { try await store.commit("app:\(number)", from: "base:1", size: 100) }
      try await withSmallState(of: engine, "size=80m,nr_inodes=100") { balai in
        #expect(try await balai("index").status == 0)
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/sh")
        writer.currentDirectoryURL = URL(fileURLWithPath: balai.stateDirectory)
        writer.arguments = [
          "-c", "until test -e ../stop; do cat /dev/zero >>filler 2>/dev/null; done",
        ]
        try writer.run()
        while try await ProcessRun.of(
          "/bin/sh", ["-c", "test $(stat -f -c %a '\(balai.stateDirectory)') = 0"]
        ).status != 0 {}
        let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi")
        try await run("touch '\(engine.directory)/stop'")
        writer.waitUntilExit()
        try await run("rm -f '\(balai.stateDirectory)/filler'")
        #expect(try await engine.everything().isEmpty)

        let isLost = swept.errors.contains("could not be written")
        #expect(swept.status == (isLost ? 1 : 0), "\(swept.errors)")
        #expect(try await balai("images").status == 0)
        let runs = try await balai("history", "-q").output
        #expect(isLost || runs == "1\n", "\(runs)")
        if runs == "1\n" {
          let kept = try await balai("history", "1").output
          #expect(!kept.contains("not tried") && !kept.contains("killed before"), "\(kept)")
          #expect(isLost || !kept.contains("unknown"), "\(kept)")
        }
      }
    }
  }

  @Test func stateThatMayOnlyBeReadStopsNoSweep() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine, "size=10m") { balai in
        let known = try await firstSeen(balai)
        try await run("mount -o remount,ro '\(balai.stateDirectory)'")
        #expect(try await firstSeen(balai) == known)
        let client = try await EngineClient.connect(
          to: EngineEndpoint(socketPath: engine.socketPath))
        do {
          let lock = try SweepLock(on: client.identity, in: nil, sharedIn: ["/run/lock"])
          #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 11)
          _ = consume lock
        }
        let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi")
        #expect(
          swept.status == 1 && swept.errors.contains("read-only file system"), "\(swept.errors)")
        #expect(try await engine.everything().isEmpty)
      }
    }
  }

  @Test(arguments: ["table", "json"])
  func sweepWithNothingToDoClosesTheJournalOfAKilledOneAndLeavesNone(
    format: String
  ) async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let file = engine.directory + "/plan.json"
      #expect(try await balai("plan", "-o", file).status == 0)
      let plan = try RemovalPlan(readingFile: file)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let killed = try index.beginRun(
        RunRecord(
          id: 0, engineKey: plan.engine.key, engineName: "here", policy: "default",
          startedAt: plan.createdAt, end: .running, predicted: .zero))
      let swept = try await balai("prune", "-f", "--format", format)
      #expect(swept.status == 0)
      #expect(swept.errors.contains("run \(killed) was killed before it ended"), "\(swept.errors)")
      #expect(try index.run(killed)?.end == .abandoned)
      #expect(try index.runs(limit: 9).map(\.id) == [killed])
      #expect(format == "table" || swept.output.contains("\"run\": null"), "\(swept.output)")
    }
  }

  @Test func firstLookAtAnEngineIsSaidToBeTheFirst() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let words = "this engine is seen for the first time"
      let first = try await balai("plan")
      #expect(first.errors.contains(words) && !first.output.contains(words))
      #expect(try await balai("plan").errors.isEmpty)
      let json = try await BalaiCommand.run([
        "prune", "-n", "--format", "json", "-H", engine.host, "--state-dir",
        engine.directory + "/other",
      ])
      #expect(json.status == 0 && json.errors.isEmpty)
    }
  }
}
