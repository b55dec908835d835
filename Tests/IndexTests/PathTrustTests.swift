import Foundation
import Testing

@testable import Index

/// Root acts on nothing that somebody else can change.
@Suite(.enabled(if: geteuid() == 0, "only root can give files to others"))
struct PathTrustTests {
  private let scratch: Scratch
  private let file: String

  init() throws {
    scratch = try Scratch()
    chmod(scratch.directory, 0o755)
    file = scratch.directory + "/a/b/file"
    try FileManager.default.createDirectory(
      atPath: scratch.directory + "/a/b", withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(fileURLWithPath: file))
    for path in ["/a", "/a/b"] { chmod(scratch.directory + path, 0o755) }
    chmod(file, 0o644)
  }

  private func place(_ path: String? = nil, trusting users: Set<UInt32> = [0]) -> String? {
    PathTrust.fault(at: path ?? file, trusting: users).map {
      String($0.place.dropFirst(scratch.directory.count))
    }
  }

  /// Runs what the fault says to run; nowhere but in the test's own directory.
  private func mend() throws {
    let fault = try #require(PathTrust.fault(at: file, trusting: [0]))
    try #require(fault.place.hasPrefix(scratch.directory + "/"), "\(fault)")
    #expect(system(fault.remedy) == 0, "\(fault)")
  }

  @Test func fileOfRootInADirectoryThatAllCanWriteToButNotReplaceIsFine() throws {
    #expect(place() == nil, "/tmp above it is sticky")
    #expect(place(file + "/../file") == nil)
    #expect(place(scratch.directory + "/missing/file") == nil)
  }

  @Test(arguments: [
    ("/a", mode_t(0o777)), ("/a", 0o757), ("/a/b", 0o757), ("/a/b/file", 0o646),
    ("/a/b/file", 0o602),
  ])
  func whatOthersCanWriteToIsNamed(path: String, mode: mode_t) throws {
    chmod(scratch.directory + path, mode)
    #expect(place() == path)
    try mend()
    #expect(place() == nil)
  }

  @Test func whatBelongsToOthersIsNamedUnlessTheyCalledUs() throws {
    for path in ["/a", "/a/b", "/a/b/file"] {
      chown(scratch.directory + path, 1_234, 0)
      #expect(place() == path)
      #expect(place(trusting: [0, 1_234]) == nil)
      try mend()
      #expect(place() == nil)
    }
  }

  @Test func groupOfRootIsTrustedAndNoOther() throws {
    chmod(file, 0o664)
    #expect(place() == nil)
    chown(file, 0, 1_234)
    #expect(place() == "/a/b/file")
  }

  @Test func linksAreFollowedAndTheirPlacesJudged() throws {
    let link = scratch.directory + "/link"
    symlink("a/b/../b/file", link)
    #expect(place(link) == nil)
    chmod(scratch.directory + "/a", 0o777)
    #expect(place(link) == "/a", "the directories of its target count")
    chmod(scratch.directory + "/a", 0o1777)
    #expect(place(link) == nil, "sticky")
    symlink(file, scratch.directory + "/a/foreign")
    lchown(scratch.directory + "/a/foreign", 1_234, 1_234)
    #expect(place(scratch.directory + "/a/foreign") == "/a/foreign")
    symlink("loop", scratch.directory + "/loop")
    #expect(place(scratch.directory + "/loop") == nil, "it cannot be opened either")
  }

  @Test func stickyDirectoryIsNoPlaceForAnIndex() throws {
    chmod(scratch.directory + "/a", 0o1777)
    #expect(place() == nil)
    #expect(place(scratch.directory + "/a") == "/a")
    let path = scratch.directory + "/a/index.db"
    let error = indexError { () throws(IndexError) in try HostIndex(at: path) }
    guard case .unsafe(path, let fault) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("chmod go-w '\(fault.place)'") == true)
  }

  @Test func pipesAndDevicesAreNotJudged() throws {
    mkfifo(scratch.directory + "/pipe", 0o666)
    chmod(scratch.directory + "/pipe", 0o666)
    #expect(place(scratch.directory + "/pipe") == nil)
    #expect(PathTrust.fault(at: "/dev/null", trusting: [0]) == nil)
  }

  @Test func whoIsNotRootIsNotBothered() {
    #expect(PathTrust.trusted(isRoot: false, environment: ["SUDO_UID": "5"]) == nil)
    #expect(PathTrust.trusted(isRoot: true, environment: ["SUDO_UID": "5"]) == [0, 5])
    #expect(PathTrust.trusted(isRoot: true, environment: ["SUDO_UID": "-1"]) == [0])
    #expect(PathTrust.trusted(isRoot: true, environment: [:]) == [0])
  }

  @Test func indexThatOthersCouldReadIsTheirsNoMore() throws {
    do { _ = try HostIndex(at: scratch.indexPath) }
    chmod(scratch.indexPath, 0o644)
    let index = try HostIndex(at: scratch.indexPath)
    for name in ["index.db", "index.db-wal", "index.db-shm"] {
      #expect(try scratch.mode(of: name) == 0o600)
    }
    withExtendedLifetime(index) {}
  }

  @Test(arguments: [mode_t(0o666), 0o602])
  func indexThatOthersCouldWriteIsRefusedAndLeftAlone(mode: mode_t) throws {
    do { _ = try HostIndex(at: scratch.indexPath) }
    let before = scratch.bytes()
    chmod(scratch.indexPath, mode)
    let error = indexError { () throws(IndexError) in try HostIndex(at: scratch.indexPath) }
    guard case .unsafe(scratch.indexPath, let fault) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fault.place == scratch.indexPath)
    #expect(scratch.bytes() == before)
    #expect(try scratch.mode(of: "index.db") == Int(mode))
  }
}
