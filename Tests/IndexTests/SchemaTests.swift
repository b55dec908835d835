import Foundation
import GRDB
import Inventory
import Testing

@testable import Index

struct SchemaTests {
  @Test func viewsAnswerInNamesAndDates() throws {
    let index = try HostIndex.inMemory()
    let images = [makeImage(1, tags: ["app:1", "app:latest"]), makeImage(2, tags: [])]
    let containers = [makeContainer(1, of: 1, state: .running)]
    _ = try index.record(makeSurvey(at: start, images: images, containers: containers))
    let moved = [makeImage(1, tags: ["app:1"])]
    _ = try index.record(makeSurvey(at: hour(1), images: moved, containers: containers))
    let uses = try index.reading {
      try Row.fetchAll($0, sql: "SELECT * FROM imageUse ORDER BY listed DESC, reference")
    }
    #expect(uses.map { $0["reference"] as String? } == ["app:1", nil])
    #expect(uses.map { $0["lastUsed"] as String? } == ["2023-11-14T23:13:20Z", nil])
    #expect(uses.map { $0["lastSeen"] as String? } == [hour(1).rfc3339, start.rfc3339])

    let id = try index.beginRun(makeRun(steps: 3))
    try index.settle(run: id, step: 0, as: .done)
    try index.settle(run: id, step: 1, as: .inUse("c1"))
    try index.endRun(
      id, as: .complete,
      freed: Footprint(content: Bytes(exactly: 10), disk: Bytes(atLeast: 4_096, atMost: 8_192)),
      measured: -3, at: hour(2))
    let run = try #require(
      try index.reading { try Row.fetchOne($0, sql: "SELECT * FROM runSummary") })
    let counts = ["steps", "done", "skipped", "failed", "freed"].map { run[$0] as Int }
    #expect(counts == [3, 1, 1, 0, 10])
    #expect(["predicted", "freedOnDisk", "measured"].map { run[$0] as Int } == [100, 4_096, -3])
    #expect(run["predictedOnDisk"] as Int? == nil)
    #expect(run["finishedAt"] == hour(2).rfc3339)

    let layers = try index.reading { try Int.fetchOne($0, sql: "SELECT sum(images) FROM layerUse") }
    #expect(layers == makeContent(1).diffs.count)
    let states = try index.reading {
      try String.fetchAll($0, sql: "SELECT state FROM containerUse")
    }
    #expect(states == ["running"])
  }

  @Test func figureWithoutAnUpperEndIsNoNumberInAView() throws {
    let index = try HostIndex.inMemory()
    var run = makeRun(steps: 1)
    run.predicted = Footprint(content: Bytes(orMore: 5), disk: Bytes(orMore: 6))
    _ = try index.beginRun(run)
    run.predicted = Footprint(content: Bytes(exactly: 5), disk: Bytes(atLeast: 6, atMost: 7))
    _ = try index.beginRun(run)
    let rows = try index.reading {
      try Row.fetchAll($0, sql: "SELECT predicted, predictedOnDisk FROM runSummary ORDER BY id")
    }
    #expect(rows.map { $0[0] as Int? } == [nil, 5])
    #expect(rows.map { $0[1] as Int? } == [nil, 7])
  }

  @Test func viewsTellWhatLayersAndVolumesTakeUp() throws {
    let index = try HostIndex.inMemory()
    var survey = makeSurvey(
      at: start, images: [makeImage(1), makeImage(2)], containers: [makeContainer(1, of: 1)],
      volumes: [Volume(name: "v1", size: 5), Volume(name: "v2", driver: "nfs")])
    _ = try index.record(survey)
    survey.snapshot.containers = []
    survey.snapshot.volumes = [survey.snapshot.volumes[1]]
    survey.snapshot.takenAt = hour(1)
    _ = try index.record(survey)
    let base = makeContent(1).diffs[0]
    let layer = DiskReading.Layer(parent: nil, diff: base, size: 7, cacheID: "c", blocks: 4_096)
    try index.record(
      DiskReading(layers: [base: layer, "unused": layer]), of: makeEngine(), with: [])

    let volumes = try index.reading {
      try Row.fetchAll($0, sql: "SELECT * FROM volumeUse ORDER BY name")
    }
    #expect(volumes.map { $0["size"] as Int? } == [5, nil])
    #expect(volumes.map { $0["lastUsed"] as String? } == [start.rfc3339, nil])
    #expect(volumes.map { $0["lastSeen"] as String? } == [start.rfc3339, hour(1).rfc3339])
    #expect(volumes.map { $0["listed"] as Bool } == [false, true])
    let layers = try index.reading {
      try Row.fetchAll($0, sql: "SELECT * FROM layerUse ORDER BY blocks IS NULL, chain")
    }
    #expect(layers.first?["chain"] == base)
    #expect(layers.map { $0["blocks"] as Int? }.prefix(2) == [4_096, nil])
    #expect(
      layers.allSatisfy { ($0["size"] as Int?) == (($0["chain"] as String) == base ? 7 : nil) })
  }

  @Test func referenceThatMovedIsKnownAsGone() throws {
    let index = try HostIndex.inMemory()
    _ = try index.record(makeSurvey(at: hour(0), images: [makeImage(1, tags: ["app:latest"])]))
    _ = try index.record(
      makeSurvey(at: hour(1), images: [makeImage(1, tags: []), makeImage(2, tags: ["app:latest"])]))
    let rows = try index.reading {
      try Row.fetchAll(
        $0, sql: "SELECT firstSeen, goneAfter FROM imageReference ORDER BY firstSeen")
    }
    #expect(rows.map { $0["firstSeen"] as Timestamp } == [hour(0), hour(1)])
    #expect(rows.map { $0["goneAfter"] as Timestamp? } == [hour(0), nil])
  }

  /// Every table, view and column is described in `docs/index-schema.md`.
  @Test func schemaIsDocumented() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/index-schema.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let index = try HostIndex.inMemory()
    let columns = try index.reading { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT m.name AS owner, c.name AS name FROM sqlite_master m, pragma_table_info(m.name) c
          WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'
            AND m.name <> 'grdb_migrations'
          """
      ).map { (owner: $0["owner"] as String, name: $0["name"] as String) }
    }
    #expect(columns.count > 50)
    let sections = text.components(separatedBy: "\n### ")
    for column in columns {
      let section = sections.first { $0.hasPrefix("`\(column.owner)`") }
      #expect(section?.contains("`\(column.name)`") == true, "\(column.owner).\(column.name)")
    }
  }

  @Test func everyErrorIsOneSentenceWithItsPath() {
    let path = "/var/lib/balai/index.db"
    let errors: [IndexError] = [
      .cannotOpen(path: path, reason: "r"), .notReadable(path: path),
      .notWritable(path: path, reason: "r"), .notAnIndex(path: path),
      .damaged(path: path, reason: "r"), .newer(path: path), .full(path: path), .busy(path: path),
      .noSuchStep(path: path, run: 1, step: 2), .readOnlyFileSystem(path: path),
      .unsafe(path: path, fault: PathTrust.Fault(place: "/var", reason: "r", remedy: "c")),
      .failed(path: path, reason: "r"),
    ]
    for error in errors {
      #expect(error.description.contains(path))
      #expect(!error.description.contains("\n"))
      #expect(error.description.first?.isLowercase == true)
    }
    #expect(Set(errors.map(\.description)).count == errors.count)
  }

  @Test func lockedIndexIsBusy() throws {
    let error = IndexError(DatabaseError(resultCode: .SQLITE_BUSY), path: "/x")
    #expect(error == .busy(path: "/x"))
  }
}
