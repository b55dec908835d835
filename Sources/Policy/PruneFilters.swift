import Inventory

/// The filters of a prune as Docker's engine reads them.
struct PruneFilters {
  /// The condition of one `label` filter: a key, with a value or without.
  struct Label: Hashable {
    let key: String
    let value: String?

    /// The pattern that matches what has it.
    var present: String { value.map { "\(key)=\($0)" } ?? key }
    /// The pattern that matches what does not have it.
    var missing: String { value.map { "\(key)!=\($0)" } ?? "!\(key)" }
  }

  /// The time of `until`, and how `created-before` says it.
  private(set) var until: (time: Timestamp, text: String)?
  /// `label=`: an object has all of them.
  private var wanted: [Label] = []
  /// `label!=`: an object lacks one of them at least. With several, what has all is left alone and
  /// nothing else: so the engine reads them (`matchLabels`).
  private var unwanted: [Label] = []

  init(
    _ filters: [String], at now: Timestamp, localOffset: (Timestamp) -> Int64
  ) throws(PolicyError) {
    for filter in filters {
      guard let sign = filter.firstIndex(of: "=") else {
        throw .unusableFilter(filter, reason: "must be name=value, such as until=24h")
      }
      let name = filter[..<sign].trimmed.lowercased()
      let value = filter[filter.index(after: sign)...].trimmed
      do throws(ValueError) {
        switch name {
        case "label": wanted.append(try Self.label(value))
        case "label!": unwanted.append(try Self.label(value))
        case "until":
          let limit = try UntilFilter.read(value, at: now, localOffset: localOffset)
          guard until == nil || until?.time == limit.time else {
            throw ValueError("can be given once only")
          }
          until = limit
        default: throw ValueError(unknown: "filter", name, known: ["until", "label", "label!"])
        }
      } catch {
        let meant = error.suggestion.map { "; did you mean '\($0)'?" } ?? ""
        throw .unusableFilter(filter, reason: error.message + meant)
      }
    }
  }

  private static func label(_ text: String) throws(ValueError) -> Label {
    let sign = text.firstIndex(of: "=")
    let key = String(text[..<(sign ?? text.endIndex)])
    guard !key.isEmpty else { throw ValueError("names no label") }
    // A policy's labels could not tell these from `!key` and `key!=value`.
    guard !key.hasPrefix("!"), !key.hasSuffix("!") else {
      throw ValueError("names a label with an exclamation mark at its end; write label!=key")
    }
    return Label(key: key, value: sign.map { String(text[text.index(after: $0)...]) })
  }

  /// The `label` key of the rules that remove. Its values are alternatives, so it can say all of
  /// `unwanted`, or one of `wanted`; the rest is in `keepLines`.
  var labelKey: [String] {
    let patterns = unwanted.isEmpty ? wanted.prefix(1).map(\.present) : unwanted.map(\.missing)
    return patterns.isEmpty ? [] : ["label: \(Self.list(patterns))"]
  }

  /// The lists under `keep`: what lacks one of the labels that `labelKey` does not ask for.
  var keepLines: [String] {
    // A network that only holds settings for others has this driver, and the engine spares it.
    var networks = ["    - { driver: \"null\" }"]
    let rest = unwanted.isEmpty ? wanted.dropFirst() : wanted[...]
    guard !rest.isEmpty else { return ["  networks:"] + networks }
    let label = "label: \(Self.list(rest.map(\.missing)))"
    networks.append("    - { \(label) }")
    // Intermediate images go with the last image that was built from them, whatever their labels.
    let digests = (0..<8).map { String(repeating: "*/", count: $0) + "*@*" }
    return ["  containers:", "    - { \(label) }", "  volumes:", "    - { \(label) }"]
      + ["  networks:"] + networks + ["  images:"]
      + ["dangling: false", "dangling: true", "reference: \(Self.list(digests))"].map {
        "    - { \(label), \($0) }"
      }
  }

  private static func list(_ texts: [String]) -> String {
    "[\(texts.map(YAMLScalar.text).joined(separator: ", "))]"
  }
}

extension Substring {
  fileprivate var trimmed: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
