extension IndexSchema {
  /// v2: layers as the engine's files tell them, disk blocks beside content bytes, and when volumes
  /// and networks were used.
  ///
  /// Every new column is NULL in the rows of v1: what was not asked then is unknown.
  static let disk = """
    CREATE TABLE layer (
      engine INTEGER NOT NULL REFERENCES engine ON DELETE CASCADE,
      chain TEXT NOT NULL,
      parent TEXT,
      diff TEXT NOT NULL,
      size INTEGER NOT NULL,
      cacheId TEXT NOT NULL,
      blocks INTEGER,
      PRIMARY KEY (engine, chain)
    ) WITHOUT ROWID;
    ALTER TABLE container ADD COLUMN writableBlocks INTEGER;
    ALTER TABLE volume ADD COLUMN lastUsed INTEGER;
    ALTER TABLE network ADD COLUMN lastUsed INTEGER;
    ALTER TABLE image ADD COLUMN packedSize INTEGER;
    ALTER TABLE run ADD COLUMN predictedDiskAtLeast INTEGER;
    ALTER TABLE run ADD COLUMN predictedDiskAtMost INTEGER
      CHECK ((predictedDiskAtLeast IS NULL) = (predictedDiskAtMost IS NULL))
      CHECK (predictedDiskAtLeast <= predictedDiskAtMost);
    ALTER TABLE run ADD COLUMN freedDiskAtLeast INTEGER;
    ALTER TABLE run ADD COLUMN freedDiskAtMost INTEGER
      CHECK ((freedDiskAtLeast IS NULL) = (freedDiskAtMost IS NULL))
      CHECK (freedDiskAtLeast <= freedDiskAtMost);
    ALTER TABLE run ADD COLUMN measured INTEGER;
    ALTER TABLE runStep ADD COLUMN diskAtLeast INTEGER;
    ALTER TABLE runStep ADD COLUMN diskAtMost INTEGER
      CHECK ((diskAtLeast IS NULL) = (diskAtMost IS NULL))
      CHECK (diskAtLeast <= diskAtMost);
    """

  /// The views of v1 that v2 appends columns to, and a new one.
  static let diskViews = """
    CREATE VIEW volumeUse AS
    SELECT
      engine.hostName AS host,
      volume.name AS name,
      volume.driver AS driver,
      volume.size AS size,
      \(date("volume.firstSeen")) AS firstSeen,
      \(date("coalesce(volume.goneAfter, engine.surveyedAt)")) AS lastSeen,
      \(date("volume.lastUsed")) AS lastUsed,
      volume.goneAfter IS NULL AS listed
    FROM volume
    JOIN engine ON engine.id = volume.engine;

    DROP VIEW layerUse;
    CREATE VIEW layerUse AS
    SELECT
      engine.hostName AS host,
      imageLayer.chain AS chain,
      count(*) AS images,
      layer.size AS size,
      layer.blocks AS blocks
    FROM imageLayer
    JOIN image ON image.id = imageLayer.image AND image.goneAfter IS NULL
    JOIN engine ON engine.id = image.engine
    LEFT JOIN layer ON layer.engine = engine.id AND layer.chain = imageLayer.chain
    GROUP BY engine.id, imageLayer.chain;

    DROP VIEW runSummary;
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
      \(bounded("run.predictedAtMost")) AS predicted,
      run.freedAtLeast AS freed,
      \(bounded("run.predictedDiskAtMost")) AS predictedOnDisk,
      run.freedDiskAtLeast AS freedOnDisk,
      run.measured AS measured
    FROM run
    LEFT JOIN runStep ON runStep.run = run.id
    GROUP BY run.id;
    """

  /// NULL where a figure has no upper end.
  private static func bounded(_ bytes: String) -> String { "nullif(\(bytes), \(Int64.max))" }
}
