import Inventory
import TestSupport
import Testing

@testable import Report

@Suite struct HumanSizeTests {
  /// What `HumanSizeWithPrecision(size, 3)` of docker/go-units gives; the last two lines are where
  /// it would say `1e+03kB` and `1e+03MB`.
  @Test(arguments: [
    (0, "0B"), (1, "1B"), (512, "512B"), (999, "999B"), (1_000, "1kB"), (1_024, "1.02kB"),
    (13_312, "13.3kB"), (99_949, "99.9kB"), (184_300_512, "184MB"), (1_048_576, "1.05MB"),
    (1_840_000_000, "1.84GB"), (3_420_000_000, "3.42GB"), (5_372_000_000_000, "5.37TB"),
    (2_220_000_000_000_000, "2.22PB"), (Int64.max, "9.22EB"), (999_499, "999kB"),
    (999_500, "1MB"), (999_999_999, "1GB"),
  ])
  func sizesReadAsDockers(bytes: Int64, text: String) {
    #expect(HumanSize.text(bytes) == text)
  }

  @Test func noSizeIsNegative() {
    #expect(HumanSize.text(-3_996_000) == "0B")
    #expect(HumanSize.text(Int64.min) == "0B")
  }

  @Test func anIntervalShowsBothEndsUnlessTheyReadTheSame() {
    #expect(
      HumanSize.text(Bytes(atLeast: 7_300_000, atMost: 17_700_000)) == "7.3MB..17.7MB")
    #expect(HumanSize.text(Bytes(atLeast: 7_300_000, atMost: 7_300_001)) == "7.3MB")
  }

  @Test func sharesStayBetweenNothingAndAll() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<1_000 {
      let part = Bytes(
        atLeast: .random(in: -10...2_000, using: &random),
        atMost: .random(in: -10...2_000, using: &random))
      let whole = Bytes(
        atLeast: .random(in: -10...1_000, using: &random),
        atMost: .random(in: -10...1_000, using: &random))
      let text = HumanSize.text(part, of: whole)
      #expect(!text.contains("-"))
      let percents = text.matches(of: /(\d+)%/).compactMap { Int($0.1) }
      #expect(percents.allSatisfy { (0...100).contains($0) })
      #expect(percents.isEmpty == (whole.atMost <= 0))
    }
    #expect(
      HumanSize.text(Bytes(exactly: 38), of: Bytes(exactly: 100)) == "38B (38%)")
  }
}
