package import Inventory

/// Turns what the other rooms found out into text: tables for people, JSON for scripts.
///
/// This room is the only one that prints. Every method here is pure: a value goes in, text goes out,
/// each line ended by a newline; `Console` then writes it. Names, labels, commands and the engine's
/// messages come from strangers: tables and sentences pass them through `SafeText`, JSON through its
/// own escaping, so that no output can drive a terminal. The shapes of the JSON are described in
/// `docs/scripting.md`.
package struct Presentation: Sendable {
  package enum Format: String, CaseIterable, Sendable { case table, json }

  package var format: Format
  /// `-q`: only the ids of the objects, each once, one in a line. Without effect on JSON.
  package var idsOnly: Bool
  /// Whether ids, commands and the last column are cut to fit; `--no-trunc` says no.
  package var truncates: Bool
  /// `-v`: also what stays, and the objects behind a sum.
  package var isVerbose: Bool
  package var colours: Bool
  /// Columns of the terminal; nil where the output is no terminal: then no line is cut.
  package var width: Int?
  /// What ages are counted to.
  package var now: Timestamp

  package init(
    format: Format = .table, idsOnly: Bool = false, truncates: Bool = true, isVerbose: Bool = false,
    colours: Bool = false, width: Int? = nil, now: Timestamp
  ) {
    self.format = format
    self.idsOnly = idsOnly
    self.truncates = truncates
    self.isVerbose = isVerbose
    self.colours = colours
    self.width = width
    self.now = now
  }

  func text(of table: Table) -> String {
    table.text(width: truncates ? width : nil, colours: colours)
  }

  func id(_ object: ObjectID) -> String { truncates ? object.shortID : object.id }

  func age(of time: Timestamp?) -> String { time.map { HumanAge.text(from: $0, to: now) } ?? "N/A" }

  /// One id in a line, each once, in the order given.
  func ids(_ objects: some Sequence<ObjectID>) -> String {
    var seen: Set<ObjectID> = []
    return lines(objects.filter { seen.insert($0).inserted }.map { id($0) })
  }

  /// Each text made harmless and ended by a newline.
  func lines(_ texts: some Sequence<String>) -> String {
    texts.map { "\(SafeText($0))\n" }.joined()
  }
}
