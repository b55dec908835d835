import Glibc
package import Inventory

/// An engine's data root on this host: the door of this room, which reads what the engine's API does
/// not tell from its files.
///
/// It only ever reads, and takes no lock: the engine goes on as if nobody was there.
package struct DataRoot: Sendable {
  private let root: Folder
  private let engine: EngineIdentity

  /// Nil where the root is not on this host, may not be read, or is in any doubt not that of the
  /// engine that the snapshot is of.
  package init?(of snapshot: Snapshot) {
    engine = snapshot.engine
    guard engine.rootDirectory.hasPrefix("/"), engine.storageDriver.isPlainName,
      let root = Folder(at: engine.rootDirectory), RootProof(root: root, snapshot: snapshot).holds
    else { return nil }
    self.root = root
  }

  /// Reads what is asked for, on threads of low priority.
  ///
  /// Nil where the engine does not keep its images with a graph driver of Docker's, where its layer
  /// store cannot be read, and where the task was cancelled.
  package func read(_ question: DiskQuestion) async -> DiskReading? {
    guard engine.kind == .docker, engine.imageStore == .graphDriver else { return nil }
    let crew = WalkCrew(in: root, until: StopFlag())
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        WalkCrew.detach { [driver = engine.storageDriver, root] in
          continuation.resume(
            returning: try? RootReader.read(question, of: driver, from: root, with: crew))
        }
      }
    } onCancel: {
      crew.stop.raise()
    }
  }

  /// Bytes in a volume of the engine's `local` driver now, read on a thread of low priority; nil where
  /// there is none of that name, where it cannot be read, and where the task was cancelled.
  package func volumeContent(_ name: String) async -> Int64? {
    guard engine.kind == .docker, engine.imageStore == .graphDriver, name.isPlainName else {
      return nil
    }
    let stop = StopFlag()
    let unit = WalkUnit(volume: name)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        WalkCrew.detach { [root] in
          let tally = try? Walk.tally(of: unit, in: root, until: stop)
          continuation.resume(returning: tally.flatMap { $0.partsFound > 0 ? $0.content : nil })
        }
      }
    } onCancel: {
      stop.raise()
    }
  }

  /// The room on the root's file system now; for every kind of engine.
  package func space() -> DiskSpace? {
    var room = statvfs()
    guard fstatvfs(root.descriptor, &room) == 0 else { return nil }
    // A network or FUSE file system may say anything.
    let sizes = [room.f_blocks, room.f_bavail, room.f_bfree].compactMap { blocks -> Int64? in
      let (bytes, overflow) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(room.f_frsize))
      return overflow ? nil : Int64(exactly: bytes)
    }
    guard sizes.count == 3 else { return nil }
    // No inodes at all means that they are made as they are needed.
    let inodes = room.f_files > 0 ? Int64(exactly: room.f_files) : nil
    return DiskSpace(
      capacity: sizes[0], available: sizes[1], free: sizes[2], inodes: inodes,
      freeInodes: inodes == nil ? nil : Int64(exactly: room.f_favail))
  }
}
