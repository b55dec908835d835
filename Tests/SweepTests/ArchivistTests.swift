import Archive
import Engine
import Inventory
import Plan
import Synchronization
import TestSupport
import Testing

@testable import Sweep

/// Copies are saved one at a time, each once, and none stays that nothing relies on.
struct ArchivistTests {
  private let samples = (0..<3).map { SavedSample($0) }
  private let archive = "\narchive: {images: all}\n"

  private func host() -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    for (number, sample) in samples.enumerated() {
      let id = sample.id.rawValue
      contents.images[id] = FakeEngine.Picture(tags: ["app:\(number)", "mirror/app:\(number)"])
      contents.saved[id] = sample.reply
    }
    return contents
  }

  private func file(_ sample: SavedSample) -> String {
    "image-\(sample.id.rawValue.dropFirst(7)).tar"
  }

  @Test func copiesAreWrittenOneAtATimeAndEachOnce() async throws {
    let directory = try CopyDirectory()
    let beingWritten = Mutex<[Int]>([])
    let samples = samples
    let stub = try StubEngine { request in
      switch request.unversionedPath {
      case "/_ping": return .ping(apiVersion: "1.41")
      case "/info": return StubReply(200, #"{"ID":"FAKE","Name":"fake","DockerRootDir":"/fake"}"#)
      case "/images/get":
        let count = directory.names.count { $0.hasSuffix(".partial") }
        beingWritten.withLock { $0.append(count) }
        let digits = request.query.suffix(64)
        guard let sample = samples.first(where: { $0.id.rawValue.hasSuffix(digits) }) else {
          return .error(404, "no such image")
        }
        var reply = sample.reply
        reply.manner = .dripping(500, every: .milliseconds(10))
        return reply
      default: return .error(404, "page not found")
      }
    }
    let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: stub.socketPath))
    let archivist = Archivist(
      client, Archiving(in: directory.store, keepFor: .seconds(60), known: []),
      until: Interruption(), clock: { Timestamp(seconds: 1) })
    let copies = try await withThrowingTaskGroup(of: ArchivedCopy.self) { group in
      for sample in samples + samples {
        group.addTask { try await archivist.copy(of: .image(sample.id)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(copies.count == 6 && Set(copies).count == 3)
    #expect(beingWritten.withLock { $0 } == [1, 1, 1])
    #expect(directory.names == samples.map(file).sorted())
  }

  @Test func copyThatNoStepReliesOnIsTakenBack() async throws {
    let directory = try CopyDirectory()
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    // While the copy is saved, the image gets a tag.
    let id = samples[0].id.rawValue
    bench.fake.change { contents in
      contents.saved = contents.saved.filter { $0.key == id }
      contents.meanwhile["GET /images/get"] = { $0.images[id]?.tags.append("precious:1") }
      for sample in samples.dropFirst() { contents.images[sample.id.rawValue] = nil }
    }
    let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
    let result = try await bench.carryOut(plan, archiving: archiving)
    guard case .changed = result.outcomes["untag app:0"] else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(directory.names == [])
  }

  @Test func copyThatWasThereBeforeStaysThoughNoStepReliesOnIt() async throws {
    let directory = try CopyDirectory()
    let writer = try directory.store.write(.image(samples[0].id))
    try writer.write(samples[0].bytes)
    _ = try writer.finish(at: Timestamp(seconds: 1), expiring: nil)
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    bench.fake.change { contents in
      for sample in samples { contents.faults["DELETE /images/\(sample.id)"] = nil }
      contents.images = contents.images.filter { $0.key == samples[0].id.rawValue }
      contents.meanwhile["GET /images/app:0/json"] = { $0.images = [:] }
    }
    let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
    let result = try await bench.carryOut(plan, archiving: archiving)
    #expect(result.outcomes["untag app:0"] == .gone, "\(result.outcomes)")
    #expect(directory.names == [file(samples[0])])
    #expect(!bench.stub.calls.contains("GET /images/get"))
  }

  @Test func copyThatWasReusedForNothingHasItsDateAgain() async throws {
    let directory = try CopyDirectory()
    let writer = try directory.store.write(.image(samples[0].id))
    try writer.write(samples[0].bytes)
    let made = Timestamp(seconds: 1)
    _ = try writer.finish(at: made, expiring: nil)
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    let id = samples[0].id.rawValue
    let look = "GET /images/\(id)/json"
    bench.fake.change { contents in
      contents.images = contents.images.filter { $0.key == id }
      // It is seen by the sweep as a whole, for what is kept of it, before the copy, and after it.
      var change: @Sendable (inout FakeEngine.Contents) -> Void = {
        $0.images[id]?.tags.append("precious:1")
      }
      for _ in 0..<3 { change = { [change] in $0.meanwhile[look] = change } }
      contents.meanwhile[look] = change
    }
    let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
    let result = try await bench.carryOut(plan, archiving: archiving)
    guard case .changed = result.outcomes["untag app:0"] else {
      Issue.record("\(result.outcomes) \(bench.stub.calls)")
      return
    }
    #expect(bench.stub.calls.count { $0 == look } == 6, "and for the plan")
    #expect(directory.store.lastUse(of: samples[0].id) == made)
  }

  @Test func copyThatAFailedStepReliesOnStays() async throws {
    let directory = try CopyDirectory()
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    bench.fake.change {
      $0.faults["DELETE /images/\(samples[1].id.rawValue)"] = .error(500, "driver failed")
    }
    let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
    let result = try await bench.carryOut(plan, archiving: archiving)
    #expect(result.hasFailures, "\(result.outcomes)")
    #expect(directory.names == samples.map(file).sorted())
    let kept = try bench.index.archivedCopies()
    #expect(kept.count == 3)
  }

  @Test func copyThatIsLargerThanWhatMaxSizeLeavesIsNotSavedAndItsImageStays() async throws {
    let directory = try CopyDirectory()
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    let size = Int64(samples[0].bytes.count)
    let archiving = Archiving(
      in: directory.store, keepFor: .seconds(60), maxSize: size * 2 + 10, known: [])
    let result = try await bench.carryOut(plan, archiving: archiving)
    let failed = result.run.steps.filter {
      $0.outcome
        == .failed(
          "it could not be saved first: cannot save a copy: it is larger than the 10 bytes that "
            + "are allowed; allow more")
    }
    #expect(failed.count == 1, "\(result.outcomes)")
    #expect(Set(bench.fake.now.images.keys) == Set(failed.map(\.object.id)))
    #expect(try directory.store.used() == size * 2)
  }

  @Test func copiesThatWaitTheirTurnAreNotBegunWhenTheRunIsToEnd() async throws {
    let directory = try CopyDirectory()
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    let interruption = Interruption()
    bench.fake.change { $0.meanwhile["GET /images/get"] = { _ in interruption.request() } }
    let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
    let result = try await bench.carryOut(
      plan, interruption: interruption, archiving: archiving)
    #expect(bench.stub.calls.count { $0 == "GET /images/get" } == 1)
    #expect(result.run.end == .interrupted && !result.hasFailures, "\(result.outcomes)")
    #expect(bench.fake.now.images.count == 3, "one tag at most has gone")
    let taken = result.run.steps.filter { $0.outcome == .done }
    #expect(
      directory.names
        == samples.filter { taken.map(\.object.id).contains($0.id.rawValue) }.map(file))
  }

  @Test func runWhoseLastCopiesWereNotBegunIsInterrupted() async throws {
    for cause in [Interruption.Cause.signal, .deadline] {
      let directory = try CopyDirectory()
      var contents = host()
      for (number, sample) in samples.enumerated() {
        contents.images[sample.id.rawValue]?.tags = ["app:\(number)"]
      }
      let bench = try await SweepBench(contents)
      let plan = try await bench.plan(archive)
      let interruption = Interruption()
      bench.fake.change {
        $0.meanwhile["GET /images/get"] = { _ in interruption.request(by: cause) }
      }
      let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
      let result = try await bench.carryOut(
        plan, interruption: interruption, archiving: archiving)
      #expect(result.run.end == (cause == .signal ? .interrupted : .deadline))
      #expect(result.outcomes.values.count { $0 == .done } == 1, "\(result.outcomes)")
      let why = cause == .signal ? "the run was interrupted" : "the deadline came"
      #expect(result.outcomes.values.count { $0 == .notTried(why) } == 2, "\(result.outcomes)")
    }
  }

  @Test func copyOfAnImageThatGoesStaysWhenATagOfItWasTaken() async throws {
    let directory = try CopyDirectory()
    let bench = try await SweepBench(host())
    let plan = try await bench.plan(archive)
    let id = samples[0].id.rawValue
    bench.fake.change { contents in
      contents.images = contents.images.filter { $0.key == id }
      // Between the look at the tag and its removal, somebody takes the other one.
      contents.meanwhile["DELETE /images/app:0"] = { $0.images[id]?.tags = ["app:0"] }
    }
    let archiving = Archiving(in: directory.store, keepFor: .seconds(60), known: [])
    let result = try await bench.carryOut(plan, archiving: archiving)
    guard case .failed = result.outcomes["untag app:0"] else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(bench.fake.now.images.isEmpty && directory.names == [file(samples[0])])
    let undo = UndoPlan(of: result.run, result.keepsakes, starting: false)
    #expect(undo.steps.map(\.record.title) == ["app:0"])
    #expect(undo.steps.first?.keepsake?.archive?.image == samples[0].id)
  }
}
