package import Inventory
import Yams

/// The only engines that a policy may be used on: its key `engine`. All that it names must fit; of
/// several values of one key, one.
package struct EngineGuard: Hashable, Sendable {
  /// A key that does not fit an engine.
  package struct Mismatch: Hashable, Sendable {
    /// `engine.name`.
    package let key: String
    package let expected: String
    package let actual: String
  }

  private struct Name: Hashable, Sendable {
    let text: String
    let pattern: NamePattern

    init(_ text: String) throws(ValueError) {
      self.text = text
      pattern = try NamePattern(text)
    }
  }

  /// Patterns for the host's name, as the engine tells it.
  private var names: [Name] = []
  private var ids: [String] = []
  /// Addresses of endpoints: `unix:///var/run/docker.sock`.
  private var hosts: [String] = []

  /// The first key that does not fit; nil: it is the right engine.
  ///
  /// - Parameter host: the address that the engine was reached at.
  package func mismatch(on engine: EngineIdentity, at host: String) -> Mismatch? {
    if !names.isEmpty, !names.contains(where: { $0.pattern.matches(engine.hostName) }) {
      return Mismatch(
        key: "engine.name", expected: Self.words(names.map(\.text)), actual: engine.hostName)
    }
    if !ids.isEmpty, !ids.contains(engine.id) {
      return Mismatch(key: "engine.id", expected: Self.words(ids), actual: engine.id)
    }
    if !hosts.isEmpty, !hosts.contains(host) {
      return Mismatch(key: "engine.host", expected: Self.words(hosts), actual: host)
    }
    return nil
  }

  private static func words(_ texts: [String]) -> String {
    texts.map { "'\($0)'" }.joined(last: "or")
  }

  /// What is set, by its key and as a policy says it.
  var texts: [(key: String, text: String)] {
    [("name", names.map(\.text)), ("id", ids), ("host", hosts)].filter { !$0.1.isEmpty }
      .map { ($0, "[\($1.map(YAMLScalar.text).joined(separator: ", "))]") }
  }

  fileprivate init(_ mapping: Node.Mapping, _ reader: inout PolicyReader) {
    for (keyNode, value) in mapping {
      let key = reader.name(of: keyNode)
      let path = "engine.\(key)"
      switch key {
      case "name": names = reader.readList(value, path, Name.init)
      case "id": ids = reader.readList(value, path) { $0 }
      case "host":
        hosts = reader.readList(value, path) { text throws(ValueError) in
          guard text.contains("://") else {
            throw ValueError(
              "\(text.inQuotes) is no address; write unix:///var/run/docker.sock, as DOCKER_HOST has it"
            )
          }
          return text
        }
      default: reader.reportUnknown(key, of: ["name", "id", "host"], keyNode, "engine")
      }
    }
  }
}

extension PolicyReader {
  mutating func readEngine(_ node: Node) -> EngineGuard? {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      report("must be a mapping of keys, such as 'name: \"ci-*\"'", node, "engine")
      return nil
    }
    return EngineGuard(mapping, &self)
  }

  /// One value, or a list of some.
  fileprivate mutating func readList<Value>(
    _ node: Node, _ path: String, _ read: (String) throws(ValueError) -> Value
  ) -> [Value] {
    guard let list = node.sequence else { return self.read(node, path, read).map { [$0] } ?? [] }
    if list.isEmpty { report("the list is empty", node, path) }
    var values: [Value] = []
    for (place, item) in list.enumerated() {
      if let value = self.read(item, "\(path)[\(place)]", read) { values.append(value) }
    }
    return values
  }
}
