import Foundation
import Plan
import Policy
import ShippedPolicies

/// Finds the policy that `-p` names: a shipped one by its name, any other by its path; `-` is standard
/// input.
enum PolicySource {
  static let defaultName = "default"
  /// Policies are a page long; what is larger was never meant as one.
  private static let mostBytes = 1 << 20

  static func load(_ nameOrPath: String) throws -> RetentionPolicy {
    if !nameOrPath.contains("/"), let shipped = text(ofShipped: nameOrPath) {
      return try RetentionPolicy(
        reading: shipped, from: "\(nameOrPath) (shipped)", named: nameOrPath)
    }
    return try RetentionPolicy(
      reading: try text(ofFile: nameOrPath), from: nameOrPath, named: nameOrPath)
  }

  /// A policy by which something is to be removed: for root, none that others can write.
  static func loadToAct(by nameOrPath: String) throws -> RetentionPolicy {
    if nameOrPath.contains("/") || text(ofShipped: nameOrPath) == nil {
      try GivenFile.check(nameOrPath, what: "policy")
    }
    return try load(nameOrPath)
  }

  /// The policy as it was written, with its comments.
  static func text(of nameOrPath: String) throws -> String {
    if !nameOrPath.contains("/"), let shipped = text(ofShipped: nameOrPath) { return shipped }
    return try text(ofFile: nameOrPath)
  }

  /// The policy that another file names: a shipped one, or a path that starts where that file is.
  static func load(_ nameOrPath: String, besides file: String) throws -> RetentionPolicy {
    let isShipped = !nameOrPath.contains("/") && text(ofShipped: nameOrPath) != nil
    guard !isShipped, !nameOrPath.hasPrefix("/"), let slash = file.lastIndex(of: "/") else {
      return try load(nameOrPath)
    }
    return try load(file[...slash] + nameOrPath)
  }

  private static func text(ofShipped name: String) -> String? {
    ShippedPolicies.all.first { $0.name == name }?.text
  }

  static func text(ofFile path: String) throws -> String {
    let data: Data
    do throws(FileFailure) {
      data = try WholeFile.read(path, atMost: mostBytes)
    } catch {
      if error.isMissing { throw Refusal.noPolicy(path, shipped: ShippedPolicies.all.map(\.name)) }
      throw Refusal.unreadablePolicy(path, reason: error.reason)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw Refusal.unreadablePolicy(path, reason: "it is not UTF-8 text")
    }
    return text
  }
}
