import GRDB

/// The tables of the index and how they came about; described in `docs/index-schema.md`.
///
/// A migration that was shipped is never edited: a change is a new one. Migrations are SQL and know no
/// type of the program, which may have changed since.
enum Schema {
  /// `bala`: tells an index from other SQLite files.
  static let applicationID = 0x6261_6c61

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 tables") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: hostTables)
      try db.execute(sql: journalTables)
      try db.execute(sql: views)
    }
    return migrator
  }

  private static let hostTables = """
    CREATE TABLE engine (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      hostName TEXT NOT NULL,
      rootDirectory TEXT NOT NULL,
      serverVersion TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      lastSeen INTEGER NOT NULL,
      eventNanoseconds INTEGER,
      eventIdentity TEXT
    ) STRICT;
    CREATE TABLE image (
      number INTEGER PRIMARY KEY,
      engine INTEGER NOT NULL REFERENCES engine(id) ON DELETE CASCADE,
      id TEXT NOT NULL,
      parent TEXT,
      created INTEGER,
      size INTEGER NOT NULL,
      labels TEXT NOT NULL CHECK (json_valid(labels)),
      digests TEXT NOT NULL CHECK (json_valid(digests)),
      firstSeen INTEGER NOT NULL,
      lastSeen INTEGER NOT NULL,
      lastUsed INTEGER,
      lastTagged INTEGER,
      isGone INTEGER NOT NULL DEFAULT 0 CHECK (isGone IN (0, 1)),
      hasContent INTEGER NOT NULL DEFAULT 0 CHECK (hasContent IN (0, 1)),
      UNIQUE (engine, id)
    ) STRICT;
    CREATE TABLE imageReference (
      image INTEGER NOT NULL REFERENCES image(number) ON DELETE CASCADE,
      reference TEXT NOT NULL,
      PRIMARY KEY (image, reference)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE imageLayer (
      image INTEGER NOT NULL REFERENCES image(number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      diff TEXT NOT NULL,
      chain TEXT NOT NULL,
      PRIMARY KEY (image, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX imageLayerByChain ON imageLayer(chain);
    CREATE TABLE imageHistory (
      image INTEGER NOT NULL REFERENCES image(number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      size INTEGER NOT NULL,
      fingerprint TEXT NOT NULL,
      isMetadataOnly INTEGER NOT NULL CHECK (isMetadataOnly IN (0, 1)),
      isBuildKit INTEGER NOT NULL CHECK (isBuildKit IN (0, 1)),
      PRIMARY KEY (image, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE container (
      engine INTEGER NOT NULL REFERENCES engine(id) ON DELETE CASCADE,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      image TEXT NOT NULL,
      imageId TEXT NOT NULL,
      state TEXT NOT NULL,
      labels TEXT NOT NULL CHECK (json_valid(labels)),
      volumes TEXT NOT NULL CHECK (json_valid(volumes)),
      networks TEXT NOT NULL CHECK (json_valid(networks)),
      created INTEGER NOT NULL,
      startedAt INTEGER,
      finishedAt INTEGER,
      writableSize INTEGER,
      rootSize INTEGER,
      autoRemove INTEGER NOT NULL CHECK (autoRemove IN (0, 1)),
      restartCount INTEGER NOT NULL,
      restartPolicy TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      PRIMARY KEY (engine, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE volume (
      engine INTEGER NOT NULL REFERENCES engine(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      PRIMARY KEY (engine, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE network (
      engine INTEGER NOT NULL REFERENCES engine(id) ON DELETE CASCADE,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      PRIMARY KEY (engine, id)
    ) STRICT, WITHOUT ROWID;
    """

  private static let journalTables = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      engineKey TEXT NOT NULL,
      engineName TEXT NOT NULL,
      policy TEXT NOT NULL,
      startedAt INTEGER NOT NULL,
      finishedAt INTEGER,
      end TEXT NOT NULL
        CHECK (end IN ('running', 'complete', 'interrupted', 'engine-lost', 'abandoned')),
      predictedAtLeast INTEGER NOT NULL,
      predictedAtMost INTEGER NOT NULL,
      freedAtLeast INTEGER,
      freedAtMost INTEGER
    ) STRICT;
    CREATE TABLE runStep (
      run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      action TEXT NOT NULL,
      kind TEXT NOT NULL,
      object TEXT NOT NULL,
      title TEXT NOT NULL,
      atLeast INTEGER NOT NULL,
      atMost INTEGER NOT NULL,
      intendedAt INTEGER,
      outcome TEXT CHECK (outcome IN
        ('done', 'gone', 'changed', 'in-use', 'failed', 'not-tried', 'unknown')),
      reason TEXT,
      PRIMARY KEY (run, number)
    ) STRICT, WITHOUT ROWID;
    """

  /// Times as text in UTC, for people with `sqlite3`.
  private static let views = """
    CREATE VIEW imageUse AS
      SELECT engine.hostName AS host, image.id, imageReference.reference, image.size,
        datetime(image.firstSeen / 1000000, 'unixepoch') AS firstSeen,
        datetime(image.lastUsed / 1000000, 'unixepoch') AS lastUsed
      FROM image JOIN engine ON engine.id = image.engine
        LEFT JOIN imageReference ON imageReference.image = image.number
      WHERE NOT image.isGone;
    CREATE VIEW layerUse AS
      SELECT imageLayer.chain, count(*) AS images
      FROM imageLayer JOIN image ON image.number = imageLayer.image
      WHERE NOT image.isGone
      GROUP BY image.engine, imageLayer.chain;
    CREATE VIEW runSummary AS
      SELECT run.id, run.engineName AS host, run.policy, run.end,
        datetime(run.startedAt / 1000000, 'unixepoch') AS started,
        datetime(run.finishedAt / 1000000, 'unixepoch') AS finished,
        count(runStep.number) AS steps,
        count(CASE WHEN runStep.outcome = 'done' THEN 1 END) AS done,
        count(CASE WHEN runStep.outcome IN ('failed', 'unknown') THEN 1 END) AS failed,
        run.predictedAtMost AS predicted, run.freedAtMost AS freed
      FROM run LEFT JOIN runStep ON runStep.run = run.id
      GROUP BY run.id;
    """
}
