import Foundation
import Inventory
import Synchronization
import TestSupport
import Testing

@testable import Report

@Suite struct SweepProgressTests {
  /// A clock that stands still until it is told.
  final class Clock: Sendable {
    private let time = Mutex(Samples.now)
    var now: Timestamp { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
  }

  @Test func nothingIsShownWithoutATerminal() throws {
    let (pipe, clock) = (try Channel(), Clock())
    let console = Console(environment: [:], output: pipe.writer, error: pipe.writer)
    let progress = SweepProgress(steps: 9, on: console) { clock.now }
    clock.advance(.seconds(60))
    progress.update(done: 3, freed: .zero, current: "nginx:1")
    progress.finish()
    close(pipe.writer)
    #expect(pipe.readAll() == "")
    close(pipe.reader)
  }

  @Test func theBarComesLateIsThrottledAndGoes() async throws {
    let (terminal, clock) = (try Terminal(), Clock())
    defer { terminal.close() }
    let console = Console(environment: [:], output: terminal.line, error: terminal.line)
    let progress = SweepProgress(steps: 4, on: console) { clock.now }
    progress.update(done: 0, freed: .zero, current: "too early")
    clock.advance(.seconds(3))
    progress.update(done: 2, freed: Bytes(exactly: 7_300_000), current: "ngin\u{1b}x")
    clock.advance(.milliseconds(50))
    progress.update(done: 3, freed: .zero, current: "too soon after the last")
    progress.finish()
    progress.update(done: 4, freed: .zero, current: "too late")
    console.log(".")
    #expect(
      await terminal.read(until: "K.")
        == "[==========          ] 2/4   7.3MB freed   ngin\\x1bx\r\u{1b}[K.")
  }

  @Test func theBarAppearsWhileOneStepTakesLong() async throws {
    let (terminal, clock) = (try Terminal(), Clock())
    defer { terminal.close() }
    let console = Console(environment: [:], output: terminal.line, error: terminal.line)
    let progress = SweepProgress(steps: 4, on: console) { clock.now }
    progress.update(done: 1, freed: .zero, current: "slow to stop")
    clock.advance(.seconds(3))
    let watching = Task { await progress.watch() }
    #expect(await terminal.read(until: "slow to stop").hasSuffix("1/4   0B freed   slow to stop"))
    watching.cancel()
    await watching.value
    progress.finish()
  }

  @Test func theLineFitsTheTerminal() {
    var random = SeededGenerator(seed: 5)
    for width in 1...120 {
      let line = SweepProgress.line(
        done: .random(in: 0...200, using: &random), total: .random(in: 0...100, using: &random),
        freed: Bytes(atLeast: 7_300_000, atMost: 17_700_000), current: random.text(length: 60),
        width: width)
      #expect(DisplayWidth.of(line) < width)
      #expect(line.unicodeScalars.allSatisfy(SafeTextTests.mayReachATerminal))
    }
  }
}
