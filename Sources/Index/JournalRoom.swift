import GRDB

/// Room for a run's journal, taken on the disk before the run begins.
///
/// Once a run has begun, what it does has to be written down, and the disk may be filling up meanwhile.
/// So blocks are written that nothing is in: those of the write-ahead log are written over and over until
/// the file is closed, and those of the database are free pages, which the run's lines go to.
extension HostIndex {
  /// More than the log has before it is written back, by the lines of a step with a long description.
  private static let block: Int64 = (1 << 20) + (1 << 18)
  /// What two thousand steps with what is kept of them take (`docs/decisions/state-directory.md`), for
  /// each.
  private static let bytesForStep: Int64 = 2_300
  /// However long the plan: more is not worth the time.
  private static let most: Int64 = 8
  /// What one file of the reserve is good for. The others are for the lines themselves.
  private static let ofReserve: Int64 = 1 << 19

  /// Takes room for the lines of a run of so many steps, as far as there is some; on a full disk, so much
  /// of the log as a file of the reserve makes room for. Where the disk has plenty, nothing is written: it
  /// would be more than all of the run's lines.
  package func makeRoom(forSteps steps: Int) {
    guard path != nil, let reserve, reserve.isInUse || reserve.isRoomScarce else { return }
    if reserve.isInUse {
      try? fill(Self.ofReserve, givingUp: 1)
    } else {
      for _ in 0..<blocks(forSteps: steps) {
        guard (try? fill(Self.block, givingUp: 0)) != nil else { break }
      }
    }
    _ = try? writing(givingUp: 1) { try $0.execute(sql: "DROP TABLE IF EXISTS room") }
  }

  /// One in any case, for the log; one at a time, so that the log stays as small as it is. None that a
  /// small disk would have to bear.
  private func blocks(forSteps steps: Int) -> Int64 {
    let free = (try? reading { try Self.freeBytes(in: $0) }) ?? 0
    let lacking = max(0, Int64(steps) * Self.bytesForStep - free)
    let wanted = min(Self.most, 1 + lacking / Self.block)
    return min(wanted, (reserve?.roomOnDisk ?? 0) / Self.block)
  }

  private func fill(_ bytes: Int64, givingUp most: Int) throws(IndexError) {
    try writing(givingUp: most) { db in
      try db.execute(sql: "CREATE TABLE IF NOT EXISTS room (filler BLOB)")
      try db.execute(sql: "INSERT INTO room VALUES (zeroblob(?))", arguments: [bytes])
    }
  }

  private static func freeBytes(in db: Database) throws -> Int64 {
    let pages = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    return try pages * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }
}
