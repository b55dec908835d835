import TestSupport
import Testing

@testable import Report

@Suite struct TableTests {
  @Test func looksLikeDockers() {
    var table = Table("REPOSITORY", "TAG", "SIZE")
    table.add("nginx", "latest", "1.84GB")
    table.add("日本", "1", "")
    #expect(
      table.text(width: nil, colours: false)
        == """
        REPOSITORY   TAG       SIZE
        nginx        latest    1.84GB
        日本         1

        """)
  }

  /// Each column starts at the same place in every row, whatever its cells hold.
  @Test func allRowsHaveTheSameColumnStarts() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      var table = Table("A", "B", "C")
      let rows = (0..<8).map { _ in (random.text(length: 12), random.text(length: 12)) }
      for row in rows { table.add(.init(row.0), .init(row.1), "|") }
      let lines = table.text(width: nil, colours: false).split(separator: "\n")
      #expect(lines.count == rows.count + 1)
      let starts = Set(lines.dropFirst().map { DisplayWidth.of($0.dropLast()) })
      #expect(starts.count == 1)
      #expect(lines.dropFirst().allSatisfy { $0.last == "|" })
    }
  }

  @Test func noLineIsWiderThanTheTerminal() {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<200 {
      var table = Table("A", "B")
      for _ in 0..<5 { table.add(.init("x"), .init(random.text(length: 60))) }
      let lines = table.text(width: 40, colours: false).split(separator: "\n")
      #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
    }
  }

  @Test func colourDoesNotMoveColumns() {
    var table = Table("A", "B")
    table.add(.init("red", .red), "x")
    let plain = table.text(width: nil, colours: false)
    let painted = table.text(width: nil, colours: true)
    #expect(painted == plain.replacing("red", with: "\u{1b}[31mred\u{1b}[0m"))
  }
}
