import Foundation
import Policy
import ShippedPolicies

/// Finds the policy that `-p` names: a shipped one by its name, any other by its path.
enum PolicySource {
  static let defaultName = "default"

  static func load(_ nameOrPath: String) throws -> RetentionPolicy {
    if !nameOrPath.contains("/"), let shipped = text(ofShipped: nameOrPath) {
      return try RetentionPolicy(
        reading: shipped, from: "\(nameOrPath) (shipped)", named: nameOrPath)
    }
    return try RetentionPolicy(
      reading: try text(ofFile: nameOrPath), from: nameOrPath, named: nameOrPath)
  }

  /// The policy as it was written, with its comments.
  static func text(of nameOrPath: String) throws -> String {
    if !nameOrPath.contains("/"), let shipped = text(ofShipped: nameOrPath) { return shipped }
    return try text(ofFile: nameOrPath)
  }

  private static func text(ofShipped name: String) -> String? {
    ShippedPolicies.all.first { $0.name == name }?.text
  }

  private static func text(ofFile path: String) throws -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw Refusal.noPolicy(path, shipped: ShippedPolicies.all.map(\.name))
    }
    if isDirectory.boolValue { throw Refusal.unreadablePolicy(path, reason: "it is a directory") }
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      guard let text = String(data: data, encoding: .utf8) else {
        throw Refusal.unreadablePolicy(path, reason: "it is not UTF-8 text")
      }
      return text
    } catch let error as Refusal {
      throw error
    } catch {
      throw Refusal.unreadablePolicy(path, reason: (error as NSError).localizedDescription)
    }
  }
}
