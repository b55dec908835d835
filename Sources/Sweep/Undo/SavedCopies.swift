import Archive
import Engine
import Foundation
import Index
import Inventory

extension Restorer {
  /// Does something with a copy that was proven to be what was saved; fails where it is not. Root relies
  /// on none that somebody else can put another in the place of.
  func relying(
    on copy: ArchivedCopy, _ body: (ProvenCopy) async throws(EngineError) -> Outcome
  ) async throws(EngineError) -> Outcome {
    let users = PathTrust.trusted(
      isRoot: geteuid() == 0, environment: ProcessInfo.processInfo.environment)
    if let users, let fault = PathTrust.fault(at: copy.file, trusting: users) {
      return .failed("refused to rely on the copy '\(copy.file)' as root: \(fault)")
    }
    let proven: ProvenCopy
    do throws(ArchiveError) {
      proven = try ArchiveStore(of: copy).verify(copy)
    } catch {
      return .failed("\(error)")
    }
    return try await body(proven)
  }
}
