import Yams

/// How much a plan may do at most: a policy's key `limits`. A plan beyond one is refused as a whole.
package struct PolicyLimits: Hashable, Sendable {
  /// Objects that are removed.
  package internal(set) var objects: Int64?
  /// Content in bytes that goes.
  package internal(set) var bytes: Int64?
  /// Per cent of the images with a tag that are removed.
  package internal(set) var imageShare: Int64?
  /// Running containers that are stopped.
  package internal(set) var stopped: Int64?

  /// What is set, by its key and as a policy says it.
  package var texts: [(key: String, text: String)] {
    let all = [
      ("objects", objects.map { "\($0)" }), ("bytes", bytes.map(ByteSize.text)),
      ("image-share", imageShare.map { "\($0)%" }), ("stopped", stopped.map { "\($0)" }),
    ]
    return all.compactMap { key, text in text.map { (key, $0) } }
  }
}

extension PolicyReader {
  private static let limitKeys = ["objects", "bytes", "image-share", "stopped"]

  mutating func readLimits(_ node: Node) -> PolicyLimits? {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      report("must be a mapping of keys, such as 'objects: 500'", node, "limits")
      return nil
    }
    var limits = PolicyLimits()
    for (keyNode, value) in mapping {
      let key = name(of: keyNode)
      let path = "limits.\(key)"
      switch key {
      case "objects": limits.objects = read(value, path, Self.count)
      case "bytes": limits.bytes = read(value, path, ByteSize.read)
      case "image-share": limits.imageShare = read(value, path, Self.share)
      case "stopped": limits.stopped = read(value, path, Self.count)
      default: reportUnknown(key, of: Self.limitKeys, keyNode, "limits")
      }
    }
    return limits
  }

  private static func count(_ text: String) throws(ValueError) -> Int64 {
    guard let count = wholeNumber(text) else {
      throw ValueError("\(text.inQuotes) must be a whole number, such as 500")
    }
    return count
  }

  private static func share(_ text: String) throws(ValueError) -> Int64 {
    guard text.hasSuffix("%"), let share = wholeNumber(text.dropLast()), share <= 100 else {
      throw ValueError("\(text.inQuotes) must be a whole number from 0% to 100%, such as 80%")
    }
    return share
  }
}
