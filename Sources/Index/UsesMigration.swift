extension IndexSchema {
  /// v4: when images were last pulled, built, loaded or tagged on an engine.
  ///
  /// NULL: no event told.
  static let uses = """
    ALTER TABLE engine ADD COLUMN lastImageActivity INTEGER;
    """
}
