import Foundation
import Inventory
import TestSupport
import Testing

/// Figures that can be checked with `du` and `df`, on random stores of a real engine. `make
/// bench-accuracy` runs the same over more seeds and shows the table.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct AccuracyTests {
  /// `BALAI_ACCURACY_SEEDS=1-30` for a bench.
  private static let seeds: [UInt64] = {
    let text = ProcessInfo.processInfo.environment["BALAI_ACCURACY_SEEDS"] ?? "1-3"
    let ends = text.split(separator: "-").compactMap { UInt64($0) }
    guard let first = ends.first, let last = ends.last, first <= last else { return [1] }
    return Array(first...last)
  }()

  @Test(arguments: seeds)
  func whatIsPredictedIsWhatTheDiskGetsBack(seed: UInt64) async throws {
    let run = try await AccuracyRun(seed: seed)
    AccuracyTable.print(run)
    for (number, half) in run.halves.enumerated() {
      let place = "seed \(seed), half \(number + 1)"
      #expect(half.missed.isEmpty, "\(place)")
      #expect(half.nextIsEmpty, "\(place): the next plan is empty")
      #expect(half.predicted.content == Bytes(exactly: half.content), "\(place): content")
      let disk = try #require(half.predicted.disk)
      #expect(disk.isExact, "\(place): blocks are known")
      #expect(abs(disk.atLeast - half.du) <= tolerance(half.du), "\(place): du")
      #expect(abs(disk.atLeast - half.statfs) <= tolerance(half.statfs), "\(place): statfs")
    }
    let sum = run.halves.reduce(Footprint.zero) { $0 + $1.predicted }
    #expect(sum.content == run.whole.content, "seed \(seed): halves add up to the whole")
    #expect(sum.disk == run.whole.disk, "seed \(seed): halves add up to the whole on disk")
    for ledger in run.ledgers { try check(ledger, seed) }
  }

  /// The larger of half a per cent and one mebibyte.
  private func tolerance(_ bytes: Int64) -> Int64 { max(1 << 20, abs(bytes) / 200) }

  private func check(_ ledger: AccuracyRun.Ledger, _ seed: UInt64) throws {
    let root = try #require(ledger.dataRoot)
    for line in ledger.storage {
      #expect(line.size.atLeast >= 0 && line.reclaimable.atLeast >= 0, "\(line.kind)")
      #expect(line.reclaimable.atMost ?? .max <= line.size.atMost ?? .max, "\(line.kind)")
      let (whole, part) = (line.onDisk?.atMost ?? 0, line.reclaimableOnDisk?.atMost ?? 0)
      #expect(part >= 0 && part <= whole, "\(line.kind)")
    }
    let lines = ledger.storage.reduce(0) { $0 + ($1.onDisk?.atMost ?? 0) }
    let strays = root.leftOver.reduce(0) { $0 + $1.onDisk }
    #expect(
      lines + strays + root.orphanedLayers + root.engineFiles == root.onDisk,
      "seed \(seed): the parts add up")
    #expect(root.orphanedLayers == 0 && strays <= 1 << 20, "seed \(seed): \(root.leftOver)")
  }
}

/// One line of figures for each half of a run, for people who run the bench.
enum AccuracyTable {
  static func print(_ run: AccuracyRun) {
    for (number, half) in run.halves.enumerated() {
      let disk = half.predicted.disk ?? .zero
      let width = half.predicted.content.atMost - half.predicted.content.atLeast
      let cells: [(String, Int)] = [
        ("accuracy", 9), ("\(run.seed).\(number + 1)", 6),
        ("\(half.predicted.content.atLeast)", 11), ("\(half.content)", 11), ("\(width)", 7),
        ("\(disk.atLeast)", 11), ("\(half.du)", 11), ("\(half.statfs)", 11), (half.promised, 30),
      ]
      let line = cells.map { text, width in
        String(repeating: " ", count: max(0, width - text.count)) + text
      }
      Swift.print(line.joined(separator: " "))
    }
  }
}
