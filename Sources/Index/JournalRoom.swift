import GRDB

/// Room for a run's journal, taken on the disk before the run begins.
///
/// Once a run has begun, what it does has to be written down, and the disk may be filling up meanwhile.
/// So blocks are written that nothing is in: those of the write-ahead log are written over and over until
/// the file is closed, and those of the database are free pages, which the run's lines go to.
extension HostIndex {
  private static let megabyte: Int64 = 1 << 20
  /// What two thousand steps with what is kept of them take (`docs/decisions/state-directory.md`), for
  /// each.
  private static let bytesForStep: Int64 = 2_300
  /// However long the plan: more is not worth the time.
  private static let most: Int64 = 8
  /// Files of the reserve that are not given up for it: they are for the lines themselves.
  private static let left = 4

  /// Takes room for the lines of a run of so many steps, as far as there is some.
  package func makeRoom(forSteps steps: Int) {
    if path == nil { return }
    let free = (try? reading { try Self.freeBytes(in: $0) }) ?? 0
    let lacking = max(0, Int64(steps) * Self.bytesForStep - free)
    // One in any case, for the log; one at a time, so that the log stays as small as it is.
    let blocks = min(Self.most, 1 + lacking / Self.megabyte)
    do {
      for _ in 0..<blocks {
        try writing(leaving: Self.left) { db in
          try db.execute(sql: "CREATE TABLE IF NOT EXISTS room (nothing BLOB)")
          try db.execute(
            sql: "INSERT INTO room VALUES (zeroblob(?))", arguments: [Self.megabyte])
        }
      }
    } catch {
      // The run goes on with what there is.
    }
    _ = try? writing(leaving: Self.left) { try $0.execute(sql: "DROP TABLE IF EXISTS room") }
  }

  private static func freeBytes(in db: Database) throws -> Int64 {
    let pages = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    return try pages * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }
}
