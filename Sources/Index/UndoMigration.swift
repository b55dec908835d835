extension IndexSchema {
  /// v5: what an undo needs: which run an undo takes back, what could be brought back of each step,
  /// and what is kept of it. A run can end by its deadline.
  ///
  /// SQLite cannot change a CHECK, so `run` is made anew. This migration runs without foreign keys:
  /// with them, dropping the old table would delete the steps of every run. The view goes before,
  /// since a table cannot be renamed while a view names one that does not exist.
  static let undo = """
    DROP VIEW runSummary;
    CREATE TABLE runAnew (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      engineKey TEXT NOT NULL,
      engineName TEXT NOT NULL,
      policy TEXT NOT NULL,
      startedAt INTEGER NOT NULL,
      finishedAt INTEGER,
      end TEXT NOT NULL CHECK (
        end IN ('running', 'complete', 'interrupted', 'deadline', 'engine-lost', 'abandoned')),
      predictedAtLeast INTEGER NOT NULL,
      predictedAtMost INTEGER NOT NULL,
      freedAtLeast INTEGER,
      freedAtMost INTEGER,
      predictedDiskAtLeast INTEGER,
      predictedDiskAtMost INTEGER,
      freedDiskAtLeast INTEGER,
      freedDiskAtMost INTEGER,
      measured INTEGER,
      undoes INTEGER,
      CHECK (predictedAtLeast <= predictedAtMost),
      CHECK ((freedAtLeast IS NULL) = (freedAtMost IS NULL)),
      CHECK (freedAtLeast <= freedAtMost),
      CHECK ((predictedDiskAtLeast IS NULL) = (predictedDiskAtMost IS NULL)),
      CHECK (predictedDiskAtLeast <= predictedDiskAtMost),
      CHECK ((freedDiskAtLeast IS NULL) = (freedDiskAtMost IS NULL)),
      CHECK (freedDiskAtLeast <= freedDiskAtMost)
    );
    INSERT INTO runAnew (id, engineKey, engineName, policy, startedAt, finishedAt, end,
      predictedAtLeast, predictedAtMost, freedAtLeast, freedAtMost, predictedDiskAtLeast,
      predictedDiskAtMost, freedDiskAtLeast, freedDiskAtMost, measured)
    SELECT id, engineKey, engineName, policy, startedAt, finishedAt, end,
      predictedAtLeast, predictedAtMost, freedAtLeast, freedAtMost, predictedDiskAtLeast,
      predictedDiskAtMost, freedDiskAtLeast, freedDiskAtMost, measured
    FROM run;
    DELETE FROM sqlite_sequence WHERE name = 'runAnew';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'runAnew', seq FROM sqlite_sequence
      WHERE name = 'run';
    DROP TABLE run;
    ALTER TABLE runAnew RENAME TO run;
    CREATE INDEX runUnfinished ON run (engineKey) WHERE end = 'running';

    ALTER TABLE runStep ADD COLUMN restorability TEXT;
    CREATE TABLE keepsake (
      run INTEGER NOT NULL,
      step INTEGER NOT NULL,
      description TEXT,
      "references" TEXT NOT NULL CHECK (json_valid("references")),
      digests TEXT NOT NULL CHECK (json_valid(digests)),
      archiveFile TEXT,
      archiveSize INTEGER CHECK ((archiveSize IS NULL) = (archiveFile IS NULL)),
      archiveDigest TEXT CHECK ((archiveDigest IS NULL) = (archiveFile IS NULL)),
      archiveImage TEXT CHECK (archiveImage IS NULL OR archiveFile IS NOT NULL),
      savedAt INTEGER CHECK ((savedAt IS NULL) = (archiveFile IS NULL)),
      expiresAt INTEGER CHECK (expiresAt IS NULL OR archiveFile IS NOT NULL),
      PRIMARY KEY (run, step),
      FOREIGN KEY (run, step) REFERENCES runStep (run, number) ON DELETE CASCADE
    ) WITHOUT ROWID;
    """

  /// The view of v2 with one column more.
  static let undoViews = """
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
      nullif(run.predictedAtMost, \(Int64.max)) AS predicted,
      run.freedAtLeast AS freed,
      nullif(run.predictedDiskAtMost, \(Int64.max)) AS predictedOnDisk,
      run.freedDiskAtLeast AS freedOnDisk,
      run.measured AS measured,
      run.undoes AS undoes
    FROM run
    LEFT JOIN runStep ON runStep.run = run.id
    GROUP BY run.id;
    """
}
