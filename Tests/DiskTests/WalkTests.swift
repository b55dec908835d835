import Foundation
import Glibc
import TestSupport
import Testing

@testable import Disk

struct WalkTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func tally(_ parts: WalkUnit.Part..., until stop: StopFlag = StopFlag()) throws -> Tally {
    let root = try #require(Folder(at: scratch.directory))
    return try Walk.tally(of: WalkUnit(parts: parts), in: root, until: stop)
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func blocksAreWhatDuSaysAndContentIsEachInodeOnce(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    try scratch.fill("a", items: 120, using: &random)
    try scratch.fill("b", items: 20, using: &random)
    let one = try tally(.init(path: "a", content: .all))
    #expect(try await one.blocks == scratch.du("a"))
    #expect(try await one.content == scratch.content("a"))
    let both = try tally(.init(path: "a"), .init(path: "b", content: .all))
    #expect(try await both.blocks == scratch.du("a", "b"))
    #expect(try await both.content == scratch.content("b"))
    #expect(both.partsFound == 2)
  }

  @Test func aFileLinkedFromTwoPartsOfAUnitCountsOnce() async throws {
    try scratch.file("a/one", size: 50_000)
    try scratch.folder("b")
    try scratch.hardLink("b/two", to: "a/one")
    let together = try tally(.init(path: "a", content: .all), .init(path: "b", content: .all))
    #expect(together.content == 50_000)
    #expect(try await together.blocks == scratch.du("a", "b"))
  }

  @Test func onlyTheNamedFolderIsContent() async throws {
    try scratch.file("a/diff/x/diff/file", size: 10)
    try scratch.file("a/work/diff/file", size: 1000)
    try scratch.file("a/diff2", size: 100_000)
    let tally = try tally(.init(path: "a", content: .below("diff")))
    #expect(tally.content == 10)
    #expect(try await tally.blocks == scratch.du("a"))
  }

  @Test func leftOutPathsAreLeftOutWithAllBelowThem() async throws {
    try scratch.file("a/b/c/file", size: 9000)
    try scratch.file("a/b/d/file", size: 9000)
    try scratch.file("a/e", size: 9000)
    var skipping = PathTree()
    skipping.insert("b/c")
    skipping.insert("e")
    let blocks = try tally(.init(path: "a", skipping: skipping)).blocks
    try scratch.remove("a/b/c")
    try scratch.remove("a/e")
    #expect(try await blocks == scratch.du("a"))
  }

  @Test func aTreeDeeperThanAProcessMayHaveFilesIsCountedWhole() async throws {
    try scratch.folder("deep")
    var folder = open(scratch.path("deep"), O_RDONLY | O_DIRECTORY)
    for level in 0..<5000 {
      try #require(mkdirat(folder, "d", 0o700) == 0)
      if level % 500 == 0 { try #require(mkdirat(folder, "another", 0o700) == 0) }
      let next = openat(folder, "d", O_RDONLY | O_DIRECTORY)
      close(folder)
      folder = next
    }
    close(folder)
    let tally = try tally(.init(path: "deep"))
    #expect(tally.mostOpen < 100, "descriptors of a tree 5,000 deep")
    #expect(try await tally.blocks == scratch.du("deep"))
  }

  @Test func linksAreCountedAndNeverFollowed() throws {
    try scratch.file("outside/big", size: 1_000_000)
    try scratch.folder("a")
    try scratch.link("a/away", to: "../outside")
    try scratch.link("top", to: "outside")
    let tally = try tally(.init(path: "a", content: .all), .init(path: "top", content: .all))
    #expect(tally.content == Int64("../outside".utf8.count + "outside".utf8.count))
  }

  @Test(.enabled(if: getuid() == 0, "only root can mount"))
  func otherFileSystemsAreNotEntered() async throws {
    try scratch.folder("a/mounted")
    try scratch.file("a/file", size: 5000)
    let mounted = try await ProcessRun.of(
      "/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "none", scratch.path("a/mounted")])
    try #require(mounted.status == 0, "\(mounted.errors)")
    try scratch.file("a/mounted/inside", size: 100_000)
    let tally = try tally(.init(path: "a", content: .all))
    let du = try await scratch.du("a")
    _ = try await ProcessRun.of("/bin/umount", [scratch.path("a/mounted")])
    #expect(tally.content == 5000)
    #expect(tally.blocks == du)
  }

  @Test func whatIsNotThereCountsAsNothing() throws {
    #expect(try tally(.init(path: "a/b", content: .all)) == Tally())
  }

  @Test func halfAFigureIsNone() throws {
    try scratch.file("a/file", size: 5000)
    try scratch.file("a/closed/file", size: 5000)
    chmod(scratch.path("a/closed"), 0)
    chmod(scratch.directory, 0o755)
    chmod(scratch.path("a"), 0o755)
    let refused = DiskError.unreadable(path: "a", reason: "Permission denied")
    try asNobody {
      #expect(throws: refused) { try tally(.init(path: "a")) }
    }
  }

  @Test func aWalkEndsWhenNobodyWaits() throws {
    try scratch.file("a/file", size: 5000)
    let stop = StopFlag()
    stop.raise()
    #expect(throws: DiskError.cancelled) { try tally(.init(path: "a"), until: stop) }
  }

  @Test func whatComesAndGoesMeanwhileStopsNoWalk() async throws {
    var random = SeededGenerator(seed: 1)
    try scratch.fill("a", items: 200, using: &random)
    let still = try tally(.init(path: "a")).blocks
    let done = StopFlag()
    let root = try #require(Folder(at: scratch.directory))
    let walks = Task.detached {
      var walks = 0
      var least = Int64.max
      repeat {
        let unit = WalkUnit(parts: [.init(path: "a")])
        least = min(least, try Walk.tally(of: unit, in: root, until: StopFlag()).blocks)
        walks += 1
      } while !done.isUp
      return (walks, least)
    }
    for round in 0..<60 {
      try scratch.fill("a/new", items: 15, using: &random)
      if round % 2 == 1 { try scratch.remove("a/new") }
    }
    done.raise()
    let (count, least) = try await walks.value
    #expect(count > 0)
    #expect(least >= still)
  }

  @Test func aCrewGivesEveryUnitItsOwnFigure() async throws {
    var random = SeededGenerator(seed: 2)
    let names = (0..<20).map { "unit\($0)" }
    for name in names {
      try scratch.fill(name, items: Int.random(in: 0..<30, using: &random), using: &random)
    }
    let root = try #require(Folder(at: scratch.directory))
    let crew = WalkCrew(in: root, until: StopFlag())
    let tallies = crew.tallies(of: names.map { WalkUnit(parts: [.init(path: $0)]) })
    for (name, tally) in zip(names, tallies) {
      #expect(try await tally?.blocks == scratch.du(name))
    }
  }

  @Test func threadsOfACrewLetOthersGoFirst() async {
    let priority = await withCheckedContinuation { continuation in
      WalkCrew.detach {
        continuation.resume(returning: getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
      }
    }
    #expect(priority >= 10)
    #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) <= priority)
  }
}
