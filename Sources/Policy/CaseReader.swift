import Inventory
import Yams

/// Walks through a table of cases and collects what is wrong with it.
struct CaseReader {
  /// What a table's text says.
  struct Content {
    var policy = ""
    var cases: [PolicyCase] = []
  }

  private static let keys = ["policy", "now", "cases"]
  private static let decisions: [Decision] = [.keep, .stop, .untag, .remove]

  private var reader: PolicyReader
  private(set) var now: Timestamp

  init(file: String, now: Timestamp) {
    reader = PolicyReader(file: file)
    self.now = now
  }

  mutating func read(_ text: String) throws(PolicyError) -> Content {
    let root: Node
    do {
      root = try YAMLText.compose(text)
    } catch {
      throw .invalid(file: reader.file, problems: [error])
    }
    let content = readRoot(root)
    guard reader.problems.isEmpty else {
      throw .invalid(file: reader.file, problems: reader.problems.sorted { $0.line < $1.line })
    }
    return content
  }

  private mutating func readRoot(_ root: Node) -> Content {
    var content = Content()
    guard let mapping = root.mapping else {
      reader.report("is no table of cases: it must be a mapping with policy and cases", root, "")
      return content
    }
    for (keyNode, value) in mapping where reader.name(of: keyNode) == "now" { readNow(value) }
    for (keyNode, value) in mapping {
      let key = reader.name(of: keyNode)
      switch key {
      case "policy": content.policy = reader.text(of: value, key) ?? ""
      case "now": break
      case "cases":
        guard let list = value.sequence, !list.isEmpty else {
          reader.report("must be a list of cases, each with a dash in front", value, key)
          continue
        }
        content.cases = list.enumerated().compactMap { readCase($1, "cases[\($0)]") }
      default: unknown(key, of: Self.keys, keyNode, "")
      }
    }
    for key in ["policy", "cases"] where mapping[key] == nil {
      reader.report("is missing", root, key)
    }
    return content
  }

  private mutating func readNow(_ node: Node) {
    guard let text = reader.text(of: node, "now") else { return }
    guard let time = Timestamp(rfc3339: text) else {
      let form = "write 2026-01-31T12:00:00Z (RFC 3339)"
      return reader.report("\(text.inQuotes) is not a time; \(form)", node, "now")
    }
    now = time
  }

  private mutating func readCase(_ node: Node, _ path: String) -> PolicyCase? {
    guard let mapping = node.mapping, let first = mapping.first else {
      reader.report("a case must be a mapping: an object and what to expect", node, path)
      return nil
    }
    var host = CaseHost(takenAt: now)
    var subject: (object: ObjectID, title: String)?
    var expected: Decision?
    var because: String?
    for (keyNode, value) in mapping {
      let key = reader.name(of: keyNode)
      switch key {
      case "expect": expected = decision(value, "\(path).expect")
      case "because": because = reader.text(of: value, "\(path).because")
      case "with": readNeighbours(value, "\(path).with", into: &host)
      default:
        guard CaseObject.kinds.contains(key) else {
          unknown(key, of: CaseObject.kinds + ["expect", "because", "with"], keyNode, path)
          continue
        }
        guard subject == nil else {
          reader.report("a case judges one object; put others under with", keyNode, path)
          continue
        }
        subject = readObject(value, key, "\(path).\(key)", into: &host)
      }
    }
    if mapping["expect"] == nil { reader.report("is missing", node, "\(path).expect") }
    if !mapping.contains(where: { CaseObject.kinds.contains(reader.name(of: $0.key)) }) {
      let kinds = CaseObject.kinds.joined(last: "or")
      reader.report("names no object; give it a \(kinds)", node, path)
    }
    guard let subject, let expected else { return nil }
    return PolicyCase(
      line: first.key.mark?.line ?? 1, object: subject.object, title: subject.title,
      expected: expected, because: because, host: host.snapshot)
  }

  private mutating func readNeighbours(_ node: Node, _ path: String, into host: inout CaseHost) {
    guard let list = node.sequence else {
      return reader.report("must be a list of objects, each with a dash in front", node, path)
    }
    for (index, item) in list.enumerated() {
      let path = "\(path)[\(index)]"
      guard let mapping = item.mapping, mapping.count == 1, let (keyNode, value) = mapping.first
      else {
        reader.report("must be one object, such as container: { image: app:1 }", item, path)
        continue
      }
      let key = reader.name(of: keyNode)
      guard CaseObject.kinds.contains(key) else {
        unknown(key, of: CaseObject.kinds, keyNode, path)
        continue
      }
      _ = readObject(value, key, "\(path).\(key)", into: &host)
    }
  }

  private mutating func readObject(
    _ node: Node, _ kind: String, _ path: String, into host: inout CaseHost
  ) -> (object: ObjectID, title: String)? {
    var object = CaseObject(kind: kind, path: path, now: now, reader)
    let read = object.read(node, into: &host)
    reader = object.reader
    return read
  }

  private mutating func decision(_ node: Node, _ path: String) -> Decision? {
    guard let text = reader.text(of: node, path) else { return nil }
    if let decision = Self.decisions.first(where: { $0.rawValue == text }) { return decision }
    reader.report(
      ValueError(unknown: "verdict", text, known: Self.decisions.map(\.rawValue)),
      line: node.mark?.line ?? 1, path)
    return nil
  }

  private mutating func unknown(_ key: String, of known: [String], _ node: Node, _ path: String) {
    reader.report(
      ValueError(unknown: "key", key, known: known), line: node.mark?.line ?? 1, path)
  }
}
