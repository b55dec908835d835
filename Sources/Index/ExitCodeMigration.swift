extension IndexSchema {
  /// v3: what containers ended with. NULL in the rows of before: such a container is asked again.
  static let exitCodes = """
    ALTER TABLE container ADD COLUMN exitCode INTEGER;

    DROP VIEW containerUse;
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
      container.goneAfter IS NULL AS listed,
      container.exitCode AS exitCode
    FROM container
    JOIN engine ON engine.id = container.engine;
    """
}
