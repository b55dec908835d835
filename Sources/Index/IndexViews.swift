extension IndexSchema {
  /// Answers for people with `sqlite3`: names instead of row numbers, and times as UTC text.
  static let views = """
    CREATE VIEW imageUse AS
    SELECT
      engine.hostName AS host,
      imageReference.reference AS reference,
      image.imageId AS imageId,
      image.size AS size,
      \(date("image.created")) AS created,
      \(date("image.firstSeen")) AS firstSeen,
      \(date("coalesce(image.goneAfter, engine.surveyedAt)")) AS lastSeen,
      \(date("image.lastTagged")) AS lastTagged,
      \(date("image.lastUsed")) AS lastUsed,
      image.goneAfter IS NULL AS listed
    FROM image
    JOIN engine ON engine.id = image.engine
    LEFT JOIN imageReference ON imageReference.image = image.id
      AND imageReference.kind = 'tag'
      AND imageReference.goneAfter IS image.goneAfter;

    CREATE VIEW containerUse AS
    SELECT
      engine.hostName AS host,
      container.name AS name,
      container.containerId AS containerId,
      container.image AS image,
      container.imageId AS imageId,
      container.state AS state,
      container.writableSize AS writableSize,
      \(date("container.created")) AS created,
      \(date("container.startedAt")) AS startedAt,
      \(date("container.finishedAt")) AS finishedAt,
      \(date("container.firstSeen")) AS firstSeen,
      \(date("coalesce(container.goneAfter, engine.surveyedAt)")) AS lastSeen,
      container.goneAfter IS NULL AS listed
    FROM container
    JOIN engine ON engine.id = container.engine;

    CREATE VIEW layerUse AS
    SELECT engine.hostName AS host, imageLayer.chain AS chain, count(*) AS images
    FROM imageLayer
    JOIN image ON image.id = imageLayer.image AND image.goneAfter IS NULL
    JOIN engine ON engine.id = image.engine
    GROUP BY engine.id, imageLayer.chain;

    CREATE VIEW runSummary AS
    SELECT
      run.id AS id,
      run.engineName AS host,
      run.policy AS policy,
      \(date("run.startedAt")) AS startedAt,
      \(date("run.finishedAt")) AS finishedAt,
      run.end AS end,
      count(runStep.number) AS steps,
      count(*) FILTER (WHERE runStep.outcome = 'done') AS done,
      count(*) FILTER (WHERE runStep.outcome IN ('gone', 'changed', 'in-use')) AS skipped,
      count(*) FILTER (WHERE runStep.outcome = 'failed') AS failed,
      run.predictedAtMost AS predicted,
      run.freedAtLeast AS freed
    FROM run
    LEFT JOIN runStep ON runStep.run = run.id
    GROUP BY run.id;
    """

  /// Microseconds as UTC text.
  static func date(_ microseconds: String) -> String {
    "strftime('%Y-%m-%dT%H:%M:%SZ', \(microseconds) / 1000000, 'unixepoch')"
  }
}
