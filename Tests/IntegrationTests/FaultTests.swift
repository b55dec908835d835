import Engine
import Foundation
import Inventory
import TestSupport
import Testing

/// Each kind of request of a sweep with each fault: it ends in the right outcome, and nothing is called
/// removed that is there. `BALAI_FAULT_CELLS=all` tries every kind with every fault, a number so many.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct FaultTests {
  private static let wanted = ProcessInfo.processInfo.environment["BALAI_FAULT_CELLS"]
  private static let seed =
    ProcessInfo.processInfo.environment["BALAI_FAULT_SEED"].flatMap { UInt64($0) } ?? 1

  @Test func eachFaultAtEachKindOfRequestEndsInTheRightOutcome() async throws {
    try await RealEngine.with { engine in
      let store = try await FaultStore(on: engine)
      let proxy = try FaultProxy(before: engine.socketPath)
      defer { proxy.stop() }
      let calm = FaultCell(kind: "", fault: .pass, hitsAll: true, isSaved: false)
      let whole = try await FaultySweep(calm, 0, on: engine, store, through: proxy)
      #expect(whole.flaws.isEmpty, "\(whole.flaws) \(whole.words)")
      let kinds = Set(whole.calls.map(\.kind)).sorted()
      #expect(kinds.contains("GET /images/*/history") && kinds.contains("POST /containers/*/stop"))
      #expect(kinds.count { $0.hasPrefix("DELETE ") } == 4, "\(kinds)")

      var random = SeededGenerator(seed: Self.seed)
      var cells = FaultCell.all(of: kinds)
      if Self.wanted != "all" {
        let count = Self.wanted.flatMap { Int($0) } ?? 40
        cells = Array(cells.shuffled(using: &random).prefix(count))
      }
      var isWhole = false
      var ends: [Int32: Int] = [:]
      for (number, cell) in cells.enumerated() {
        if !isWhole { try store.refill() }
        let sweep = try await FaultySweep(cell, number + 1, on: engine, store, through: proxy)
        #expect(sweep.flaws.isEmpty, "\(cell): \(sweep.flaws)\n\(sweep.words)")
        isWhole = sweep.before == sweep.after
        ends[sweep.status, default: 0] += 1
      }
      print(
        " faults \(cells.count) sweeps; by their exit status: \(ends.sorted { $0.key < $1.key })"
      )
    }
  }

  @Test func engineThatKeepsSilentIsGivenUpAndNothingIsFalselyDone() async throws {
    try await RealEngine.with { engine in
      let store = try await FaultStore(on: engine)
      let proxy = try FaultProxy(before: engine.socketPath)
      defer { proxy.stop() }
      let kinds = [
        "GET /containers/*/json", "GET /images/*/json", "GET /volumes/*", "GET /networks/*",
        "GET /containers/json", "POST /containers/*/stop", "DELETE /containers/*",
        "DELETE /images/*", "DELETE /volumes/*", "DELETE /networks/*",
      ]
      var random = SeededGenerator(seed: Self.seed)
      var cells = FaultCell.silences(of: kinds)
      if Self.wanted != "all" { cells = Array(cells.shuffled(using: &random).prefix(8)) }
      var hits = 0
      for cell in cells {
        try store.refill()
        let sweep = try await FaultySweep(impatient: cell, on: engine, store, through: proxy)
        // On a busy machine an answer that comes can be given up as well, and what hangs on it is not
        // asked for any more.
        #expect(sweep.isHit || sweep.gaveUp, "\(cell): it hit nothing\n\(sweep.words)")
        #expect(sweep.flaws.isEmpty, "\(cell): \(sweep.flaws)\n\(sweep.words)")
        hits += sweep.isHit ? 1 : 0
      }
      #expect(hits > 0)
      print(" silence \(cells.count) sweeps, \(hits) came to where it was")
    }
  }
}
