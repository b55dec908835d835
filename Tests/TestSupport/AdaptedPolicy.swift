/// The text of a policy, changed as its user would change it: line by line, where its comments say.
package struct AdaptedPolicy: Sendable {
  package private(set) var text: String

  package init(_ text: String) { self.text = text }

  /// Puts a text in place of one that the policy must have.
  package mutating func put(_ replacement: String, for part: String) throws {
    guard let place = text.firstRange(of: part) else {
      throw AdaptationError(description: "the policy has no \(part)")
    }
    text.replaceSubrange(place, with: replacement)
    if text.firstRange(of: part) != nil, !replacement.contains(part) {
      throw AdaptationError(description: "the policy has \(part) twice")
    }
  }

  private struct AdaptationError: Error, CustomStringConvertible { let description: String }
}
