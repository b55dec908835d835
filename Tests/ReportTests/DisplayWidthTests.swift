import Testing

@testable import Report

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("한", 2), ("ｱ", 1), ("Ａ", 2), ("🧹", 2), ("é", 1),
    ("…", 1), ("", 0),
  ])
  func countsColumns(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test func cuttingNeverExceedsTheWidthAndKeepsWhatFits() {
    #expect(DisplayWidth.cut("abcdef", to: 4) == "abc…")
    #expect(DisplayWidth.cut("日本語", to: 4) == "日…")
    #expect(DisplayWidth.cut("abcd", to: 4) == "abcd")
    #expect(DisplayWidth.cut("abcd", to: 0) == "")
  }
}
