import GRDB

/// The tables and views of an index, as a list of migrations.
///
/// A migration that has shipped is never edited, and speaks SQL only: what it does must not change
/// with the types of later versions. `docs/index-schema.md` describes the result.
enum IndexSchema {
  /// "Bala": `PRAGMA application_id` of every index, which tells it from other SQLite files.
  static let applicationID: Int64 = 0x4261_6c61

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("v1: inventory and journal", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: inventory)
      try db.execute(sql: content)
      try db.execute(sql: journal)
      try db.execute(sql: views)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    migrator.registerMigration("v2: disk blocks and uses", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: disk)
      try db.execute(sql: diskViews)
    }
    migrator.registerMigration("v3: exit codes", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: exitCodes)
    }
    migrator.registerMigration("v4: uses", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: uses)
    }
    // Checked at its end, not switched on meanwhile: it makes a table anew that others refer to.
    migrator.registerMigration("v5: undo", foreignKeyChecks: .deferred) { db in
      try db.execute(sql: undo)
      try db.execute(sql: undoViews)
    }
    migrator.registerMigration("v6: platform", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: "ALTER TABLE keepsake ADD COLUMN platform TEXT")
    }
    migrator.registerMigration("v7: namespaces", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: namespaces)
    }
    return migrator
  }()

  private static let inventory = """
    CREATE TABLE engine (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      engineId TEXT NOT NULL,
      hostName TEXT NOT NULL,
      rootDirectory TEXT NOT NULL,
      serverVersion TEXT NOT NULL,
      apiVersion TEXT NOT NULL,
      storageDriver TEXT NOT NULL,
      imageStore TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      surveyedAt INTEGER NOT NULL,
      eventNanoseconds INTEGER,
      eventIdentity TEXT,
      CHECK ((eventNanoseconds IS NULL) = (eventIdentity IS NULL))
    );
    CREATE TABLE image (
      id INTEGER PRIMARY KEY,
      engine INTEGER NOT NULL REFERENCES engine ON DELETE CASCADE,
      imageId TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      goneAfter INTEGER,
      parent TEXT,
      created INTEGER,
      size INTEGER NOT NULL,
      labels TEXT NOT NULL CHECK (json_valid(labels)),
      lastTagged INTEGER,
      lastUsed INTEGER,
      layers INTEGER CHECK (layers >= 0),
      UNIQUE (engine, imageId)
    );
    CREATE INDEX imageGoneAfter ON image (engine, goneAfter);
    CREATE TABLE imageReference (
      image INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('tag', 'digest')),
      reference TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      goneAfter INTEGER,
      PRIMARY KEY (image, kind, reference)
    ) WITHOUT ROWID;
    CREATE TABLE container (
      id INTEGER PRIMARY KEY,
      engine INTEGER NOT NULL REFERENCES engine ON DELETE CASCADE,
      containerId TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      goneAfter INTEGER,
      name TEXT NOT NULL,
      image TEXT NOT NULL,
      imageId TEXT NOT NULL,
      labels TEXT NOT NULL CHECK (json_valid(labels)),
      state TEXT NOT NULL,
      command TEXT NOT NULL,
      created INTEGER NOT NULL,
      startedAt INTEGER,
      finishedAt INTEGER,
      writableSize INTEGER,
      rootSize INTEGER,
      autoRemove INTEGER NOT NULL CHECK (autoRemove IN (0, 1)),
      restartCount INTEGER NOT NULL,
      restartPolicy TEXT NOT NULL,
      volumes TEXT NOT NULL CHECK (json_valid(volumes)),
      networks TEXT NOT NULL CHECK (json_valid(networks)),
      status TEXT NOT NULL,
      UNIQUE (engine, containerId)
    );
    CREATE INDEX containerGoneAfter ON container (engine, goneAfter);
    CREATE INDEX containerImage ON container (engine, imageId);
    CREATE TABLE volume (
      id INTEGER PRIMARY KEY,
      engine INTEGER NOT NULL REFERENCES engine ON DELETE CASCADE,
      name TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      goneAfter INTEGER,
      driver TEXT NOT NULL,
      labels TEXT NOT NULL CHECK (json_valid(labels)),
      created INTEGER,
      size INTEGER,
      UNIQUE (engine, name)
    );
    CREATE INDEX volumeGoneAfter ON volume (engine, goneAfter);
    CREATE TABLE network (
      id INTEGER PRIMARY KEY,
      engine INTEGER NOT NULL REFERENCES engine ON DELETE CASCADE,
      networkId TEXT NOT NULL,
      firstSeen INTEGER NOT NULL,
      goneAfter INTEGER,
      name TEXT NOT NULL,
      driver TEXT NOT NULL,
      scope TEXT NOT NULL,
      labels TEXT NOT NULL CHECK (json_valid(labels)),
      created INTEGER,
      UNIQUE (engine, networkId)
    );
    CREATE INDEX networkGoneAfter ON network (engine, goneAfter);
    """

  private static let content = """
    CREATE TABLE imageLayer (
      image INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      diff TEXT NOT NULL,
      chain TEXT NOT NULL,
      PRIMARY KEY (image, position)
    ) WITHOUT ROWID;
    CREATE TABLE imageHistory (
      image INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      size INTEGER NOT NULL,
      fingerprint TEXT NOT NULL,
      isMetadataOnly INTEGER NOT NULL CHECK (isMetadataOnly IN (0, 1)),
      isBuildKit INTEGER NOT NULL CHECK (isBuildKit IN (0, 1)),
      PRIMARY KEY (image, position)
    ) WITHOUT ROWID;
    """

  private static let journal = """
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
      freedAtMost INTEGER,
      CHECK (predictedAtLeast <= predictedAtMost),
      CHECK ((freedAtLeast IS NULL) = (freedAtMost IS NULL)),
      CHECK (freedAtLeast <= freedAtMost)
    );
    CREATE INDEX runUnfinished ON run (engineKey) WHERE end = 'running';
    CREATE TABLE runStep (
      run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
      number INTEGER NOT NULL CHECK (number >= 0),
      action TEXT NOT NULL,
      kind TEXT NOT NULL
        CHECK (kind IN ('container', 'image', 'volume', 'network', 'build-cache')),
      object TEXT NOT NULL,
      title TEXT NOT NULL,
      bytesAtLeast INTEGER NOT NULL,
      bytesAtMost INTEGER NOT NULL,
      intendedAt INTEGER,
      outcome TEXT CHECK (
        outcome IN ('done', 'gone', 'changed', 'in-use', 'failed', 'not-tried', 'unknown')),
      detail TEXT,
      PRIMARY KEY (run, number),
      CHECK (bytesAtLeast <= bytesAtMost),
      CHECK (detail IS NULL OR outcome IS NOT NULL)
    ) WITHOUT ROWID;
    """
}
