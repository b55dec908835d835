import Archive
import Engine
import Foundation
import Inventory
import Plan
import Report
import Sweep

/// Saving copies, and what registries have.
extension Session {
  /// Where a plan's copies go; nil where it saves none. Refuses a plan whose copies may not fit.
  func archiving(for plan: RemovalPlan) throws -> Archiving? {
    guard plan.savesCopies, let archive = plan.archive else { return nil }
    if index.isUnkept { throw Refusal.copiesWithoutIndex }
    let directory = archive.directory ?? ownArchive
    try GivenFile.check(directory, what: Self.archiveDirectory)
    let store = try ArchiveStore(directory: directory)
    try store.removeLeftovers()
    try plan.checkRoom(
      ArchiveRoom(
        directory: store.directory, free: store.free ?? 0, held: try store.used(),
        engineFree: root?.space()?.free,
        isOnEnginesDisk: Self.areOnOneDisk(store.directory, plan.engine.rootDirectory)))
    return Archiving(
      in: store, keepFor: .seconds(archive.keepFor), maxSize: archive.maxSize,
      known: try index.now.archivedCopies())
  }

  /// Deletes the copies that were to be kept until now, and of the archive in the state directory also
  /// those that no run knows of; one that cannot be deleted is tried again by the next sweep.
  ///
  /// - Parameter plan: the one that is to be carried out: its policy says how long copies are kept.
  func deleteExpiredCopies(_ console: Console, before plan: RemovalPlan) {
    guard !index.isInMemory, let copies = try? index.now.archivedCopies(expiredAt: .now) else {
      return
    }
    for copy in copies {
      let directory = URL(fileURLWithPath: copy.file).deletingLastPathComponent().path
      do {
        try GivenFile.check(directory, what: Self.archiveDirectory)
        let isGone = try ArchiveStore(of: copy).removeExpired(copy)
        if isGone { try index.now.forget(copy) }
      } catch ArchiveError.missing(_) {
        // Forgotten while its disk is not there, it would never be deleted.
        continue
      } catch {
        console.log("\(SafeText("\(error)"))\n")
      }
    }
    deleteOrphans(console, before: plan)
  }

  /// Forgets how to create again what went so long ago that nobody will want it back.
  func forgetOldDescriptions() {
    guard !index.isInMemory else { return }
    // What cannot be written now is forgotten by the next sweep.
    try? index.now.forgetDescriptions(ofRunsBefore: .now - .seconds(Self.descriptionsKept))
  }

  /// A directory that a policy names may have copies of other indexes, which look like orphans here.
  private func deleteOrphans(_ console: Console, before plan: RemovalPlan) {
    guard FileManager.default.fileExists(atPath: ownArchive),
      let known = try? index.now.archivedCopies()
    else { return }
    let keepFor = plan.archive.flatMap { $0.directory == nil ? $0.keepFor : nil }
    do {
      let store = try ArchiveStore(directory: ownArchive)
      try store.removeLeftovers()
      try store.removeOrphans(
        besides: known, unusedFor: .seconds(keepFor ?? Self.orphansKept), at: .now)
    } catch {
      console.log("\(SafeText("\(error)"))\n")
    }
  }

  private static let archiveDirectory = "archive directory"

  /// The archive that is this index's alone.
  private var ownArchive: String { stateDirectory + "/archive" }

  /// Seconds that copies which no run knows of are kept where the policy does not say: thirty days, as
  /// policies do by default.
  private static let orphansKept = 30 * 86_400

  /// Seconds that descriptions are kept: ninety days.
  private static let descriptionsKept = 90 * 86_400

  /// Learns which of the images that shall go a registry has.
  mutating func askRegistries(about objects: [ObjectID]) async throws {
    let going = Set(objects)
    let digests = Set(
      snapshot.images.filter { going.contains(.image($0.id)) }.flatMap(\.digests))
    let credentials = RegistryCredentials(environment: ProcessInfo.processInfo.environment)
    var registered: Set<String> = []
    for digest in digests.sorted() {
      let authorization = try? await credentials.authorization(for: digest)
      let answer = try await client.registryHolds(digest, authorization: authorization)
      if answer == .holds { registered.insert(digest) }
    }
    snapshot.registered = registered
  }

  private static func areOnOneDisk(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_dev == other.st_dev
  }
}
