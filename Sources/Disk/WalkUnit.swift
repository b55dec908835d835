/// What is counted as one: some paths below the data root.
struct WalkUnit {
  /// One path with all below it.
  struct Part {
    /// What of it counts as content, and not only as blocks.
    enum Content: Hashable {
      case nothing
      case all
      /// What lies in the directory of this name just below it.
      case below(String)
    }

    /// Relative to the data root; empty: the root itself.
    var path: String
    var content = Content.nothing
    /// Left out, relative to the path.
    var skipping: PathTree?
  }

  var parts: [Part]
}

extension WalkUnit {
  /// A volume of the engine's `local` driver.
  init(volume name: String) {
    self.init(parts: [Part(path: "volumes/" + name, content: .below("_data"))])
  }
}

/// What a walk counted.
struct Tally: Hashable {
  /// Sizes of all that are not directories, each inode once (moby `pkg/directory`).
  var content: Int64 = 0
  /// Allocated blocks of all, directories too, each inode once, in bytes.
  var blocks: Int64 = 0
  /// How many of the unit's parts were there.
  var partsFound = 0
  /// How many directories were open at once, at most.
  var mostOpen = 0
}
