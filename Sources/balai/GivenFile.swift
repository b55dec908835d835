import Foundation
import Index

/// A policy or a plan that the command line names, and the directory that a policy names for copies.
enum GivenFile {
  /// Refuses, for root, a file or directory that other users can change. What comes by a pipe, or from
  /// a descriptor that the caller left open, is the caller's own word.
  static func check(_ path: String, what: String) throws(Refusal) {
    let isHandedDown =
      path == "-" || path == "/dev/stdin"
      || ["/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) }
    let users = PathTrust.trusted(
      isRoot: geteuid() == 0, environment: ProcessInfo.processInfo.environment)
    guard !isHandedDown, let users else { return }
    if let fault = PathTrust.fault(at: path, trusting: users) {
      throw .unsafeFile(path, what: what, fault)
    }
  }
}
