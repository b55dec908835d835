import Glibc

/// One walk over a unit's parts: it never follows a link and never leaves a part's file system.
///
/// Things come and go while it walks: what is gone counts as nothing. What is there and cannot be
/// read ends the walk: half a figure is none.
struct Walk: ~Copyable {
  private let root: Folder
  private let stop: StopFlag
  private var tally = Tally()
  /// Inodes with several names, which du and Docker count once.
  private var counted: Set<ino_t> = []
  private var countedAsContent: Set<ino_t> = []
  private var device: dev_t = 0
  private var open: [OpenFolder] = []

  /// A directory on the way from a part's top to where the walk is.
  private struct OpenFolder {
    /// -1 where it was closed for the time being: trees can be deeper than a process may have files.
    var descriptor: Int32
    let inode: ino_t
    let isContent: Bool
    let skipping: PathTree?
    /// What of it has not been walked yet.
    var folders: [PendingFolder] = []
  }

  private struct PendingFolder {
    let name: [CChar]
    let isContent: Bool
    let skipping: PathTree?
  }

  private static let openAtOnce = 48

  /// Counts a unit; with `cancelled` where the flag went up meanwhile.
  static func tally(
    of unit: WalkUnit, in root: Folder, until stop: StopFlag
  ) throws(DiskError) -> Tally {
    var walk = Walk(root: root, stop: stop)
    for part in unit.parts { try walk.add(part) }
    return walk.tally
  }

  private init(root: Folder, stop: StopFlag) {
    self.root = root
    self.stop = stop
  }

  deinit {
    for folder in open where folder.descriptor >= 0 { close(folder.descriptor) }
  }

  private mutating func add(_ part: WalkUnit.Part) throws(DiskError) {
    let path = part.path.isEmpty ? "." : part.path
    do throws(DiskError) {
      var status = stat()
      guard fstatat(root.descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        if errno == ENOENT || errno == ENOTDIR { return }
        throw Self.refusal()
      }
      device = status.st_dev
      guard status.st_mode & S_IFMT == S_IFDIR else {
        count(status, asContent: part.content == .all)
        tally.partsFound += 1
        return
      }
      let found = try enter(
        Array(path.utf8CString), in: root.descriptor, isContent: part.content == .all,
        skipping: part.skipping)
      guard found else { return }
      tally.partsFound += 1
      try list(below: part.content)
      while !open.isEmpty { try step() }
    } catch {
      throw error.about(part.path)
    }
  }

  /// What the last system call failed with; the path is added further up.
  private static func refusal() -> DiskError {
    .unreadable(path: "", reason: String(cString: strerror(errno)))
  }

  /// Goes down into the next directory, or up where there is none.
  private mutating func step() throws(DiskError) {
    let last = open.count - 1
    guard let next = open[last].folders.popLast() else { return try leave() }
    let found = try enter(
      next.name, in: open[last].descriptor, isContent: next.isContent, skipping: next.skipping)
    if found { try list(below: .nothing) }
  }

  /// Opens a directory and counts it; false where it is gone, has become something else, or is a
  /// mount.
  private mutating func enter(
    _ name: [CChar], in parent: Int32, isContent: Bool, skipping: PathTree?
  ) throws(DiskError) -> Bool {
    let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR || errno == ELOOP { return false }
      throw Self.refusal()
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_dev == device else {
      close(descriptor)
      return false
    }
    tally.blocks += Int64(status.st_blocks) * 512
    open.append(
      OpenFolder(
        descriptor: descriptor, inode: status.st_ino, isContent: isContent, skipping: skipping))
    let tooMany = open.count - Self.openAtOnce - 1
    if tooMany >= 0, open[tooMany].descriptor >= 0 {
      close(open[tooMany].descriptor)
      open[tooMany].descriptor = -1
    }
    tally.mostOpen = max(tally.mostOpen, open.count { $0.descriptor >= 0 })
    return true
  }

  /// Goes back to the directory above, through `..` where it was closed.
  private mutating func leave() throws(DiskError) {
    let left = open.removeLast()
    defer { close(left.descriptor) }
    guard let above = open.last, above.descriptor < 0 else { return }
    let descriptor = openat(left.descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.refusal() }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_dev == device, status.st_ino == above.inode
    else {
      close(descriptor)
      errno = ESTALE
      throw Self.refusal()
    }
    open[open.count - 1].descriptor = descriptor
  }

  /// Counts what is in the innermost directory and notes the directories in it.
  private mutating func list(below content: WalkUnit.Part.Content) throws(DiskError) {
    let last = open.count - 1
    let folder = open[last]
    let copy = fcntl(folder.descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0, let stream = fdopendir(copy) else {
      if copy >= 0 { close(copy) }
      throw Self.refusal()
    }
    defer { closedir(stream) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      if stop.isUp { throw .cancelled }
      let name = entry.name
      if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { continue }
      let skipping = folder.skipping?[String(cString: name)]
      if let skipping, skipping.isEnd { continue }
      var isFolder = entry.pointee.d_type == UInt8(DT_DIR)
      if !isFolder {
        var status = stat()
        guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
          if errno == ENOENT { continue }
          throw Self.refusal()
        }
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        if !isFolder, status.st_dev == device { count(status, asContent: folder.isContent) }
      }
      guard isFolder else { continue }
      var isContent = folder.isContent
      if case .below(let wanted) = content { isContent = strcmp(name, wanted) == 0 }
      open[last].folders.append(
        PendingFolder(
          name: Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)),
          isContent: isContent, skipping: skipping))
    }
    guard errno == 0 else { throw Self.refusal() }
  }

  private mutating func count(_ status: stat, asContent isContent: Bool) {
    let isFirst = status.st_nlink < 2 || counted.insert(status.st_ino).inserted
    if isFirst { tally.blocks += Int64(status.st_blocks) * 512 }
    guard isContent else { return }
    let isFirstContent = status.st_nlink < 2 || countedAsContent.insert(status.st_ino).inserted
    if isFirstContent { tally.content += Int64(status.st_size) }
  }
}
