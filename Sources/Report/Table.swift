/// A table as Docker draws them: upper-case headers, three spaces between columns, no line.
struct Table {
  struct Cell: ExpressibleByStringInterpolation {
    let text: SafeText
    let colour: Colour?

    /// Takes text as it comes; it is made harmless here.
    init(_ text: some StringProtocol, _ colour: Colour? = nil) {
      self.text = SafeText(text)
      self.colour = colour
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  private let headers: [Cell]
  private var rows: [[Cell]] = []

  init(_ headers: String...) { self.headers = headers.map { Cell($0) } }

  /// Adds a row; it has as many cells as there are headers.
  mutating func add(_ cells: Cell...) {
    precondition(cells.count == headers.count)
    rows.append(cells)
  }

  /// What the last column keeps when a table is cut: it tells why, and less than this says nothing.
  private static let leastRest = 30

  /// The table in lines. With a width, the last column is cut to end there.
  func text(width: Int?, colours: Bool) -> String {
    let lines = [headers] + rows
    // Docker's tables give every column ten characters at least, the gap included.
    let columns = headers.indices.dropLast().map { column in
      max(10, 3 + (lines.map { DisplayWidth.of($0[column].text.description) }.max() ?? 0))
    }
    let rest = width.map { max($0 - columns.reduce(0, +), Self.leastRest) }
    return lines.map { line in
      var text = ""
      for (cell, column) in zip(line, columns) {
        text += Self.draw(cell, padTo: column, colours: colours)
      }
      if let last = line.last {
        let cut = rest.map { DisplayWidth.cut(last.text.description, to: $0) }
        text += Self.draw(Cell(cut ?? last.text.description, last.colour), colours: colours)
      }
      return text.trimmingSpaces + "\n"
    }.joined()
  }

  private static func draw(_ cell: Cell, padTo width: Int = 0, colours: Bool) -> String {
    let text = cell.text.description
    let painted = colours ? cell.colour?.paint(text) ?? text : text
    return painted + String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
  }
}

/// The few colours that are used, by the terminal's own palette.
enum Colour: String {
  case red = "31"
  case yellow = "33"
  case green = "32"

  func paint(_ text: String) -> String { "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" }
}

extension String {
  fileprivate var trimmingSpaces: String {
    guard last == " " else { return self }
    return String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
