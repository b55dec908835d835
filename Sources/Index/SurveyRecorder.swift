import GRDB
import Inventory

/// Takes a survey into the index, inside the transaction of the caller.
struct SurveyRecorder {
  /// Objects gone for longer are forgotten: a host that builds a thousand images a day would
  /// otherwise read all that it ever had at every start.
  private static let memory = Duration.seconds(90 * 86_400)

  private let survey: Survey
  private let db: Database

  init(_ survey: Survey, in db: Database) {
    self.survey = survey
    self.db = db
  }

  func record() throws -> Snapshot {
    var snapshot = survey.snapshot
    let time = try EngineRow.record(survey, in: db)
    snapshot.lastImageActivity = try EngineRow.noteActivity(
      survey.uses.lastImageActivity, of: time.engine, in: db)
    let missed = try MissedUses(survey.uses.missed, of: time.engine, in: db)
    snapshot.containers = try ContainerRows.record(snapshot.containers, for: time, in: db)
    snapshot.volumes = try VolumeRows.record(
      snapshot.volumes, usedBy: snapshot.containers, survey.uses.volumes, missed, for: time, in: db)
    snapshot.networks = try NetworkRows.record(
      snapshot.networks, usedBy: snapshot.containers, survey.uses.networks, missed, for: time,
      in: db)
    let images = try ImageRows(snapshot, for: time, in: db)
      .record(snapshot, survey.uses, missed)
    snapshot.images = images.images
    snapshot.departedImages = images.departed
    try forget(time)
    return snapshot
  }

  private func forget(_ time: SurveyTime) throws {
    let limit = time.takenAt - Self.memory
    for table in [ContainerRows.table, VolumeRows.table, NetworkRows.table] {
      try table.forget(goneBefore: limit, of: time.engine, in: db)
    }
    let needed = """
      EXISTS (SELECT 1 FROM container WHERE container.engine = image.engine
        AND container.imageId = image.imageId AND container.goneAfter IS NULL)
      """
    try ImageRows.table.forget(goneBefore: limit, except: needed, of: time.engine, in: db)
  }
}

extension Remembered {
  init(of engine: EngineIdentity, in db: Database) throws {
    guard let id = try EngineRow.id(of: engine, in: db) else {
      self = .nothing
      return
    }
    self.init(
      images: try ImageContentRows.all(of: id, in: db),
      containers: try ContainerRows.listed(of: id, in: db),
      lastEvent: try EngineRow.lastEvent(of: id, in: db), isSurveyed: true,
      bridge: try NetworkRows.bridge(of: id, in: db))
  }
}
