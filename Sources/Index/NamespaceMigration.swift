extension IndexSchema {
  /// v7: whose namespaces containers use. NULL in the rows of before: such a container is asked again.
  static let namespaces = """
    ALTER TABLE container ADD COLUMN hosts TEXT CHECK (hosts IS NULL OR json_valid(hosts));
    """
}
