import Archive
import Foundation
import Inventory
import TestSupport
import Testing

struct ArchiveStoreTests {
  private let image = HandmadeImage(.classic, seed: 1)

  @Test func theDirectoryIsForItsUserAlone() throws {
    let directory = try ArchiveDirectory()
    let copy = try directory.save(image.tar.bytes, as: .image(image.id))
    #expect(try mode(directory.path) == 0o700)
    #expect(try mode(copy.file) == 0o600)
    for mode in [0o720, 0o702, 0o777, 0o1777] {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: directory.path)
      #expect(throws: ArchiveError.openToOthers(directory: directory.path)) {
        try ArchiveStore(directory: directory.path)
      }
    }
  }

  @Test func oddDirectoriesAreRefused() throws {
    let directory = try ArchiveDirectory()
    let link = directory.path + "/link"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: directory.path)
    try Data().write(to: URL(fileURLWithPath: directory.path + "/file"))
    for path in [link, directory.path + "/file", "relative", "", "/", "/tmp/../tmp/x", "/proc/x"] {
      #expect(throws: ArchiveError.self) { try ArchiveStore(directory: path) }
    }
  }

  @Test func nothingCountsBeforeItIsProven() throws {
    let directory = try ArchiveDirectory()
    let writer = try directory.store.write(.image(image.id))
    try writer.write(image.tar.bytes)
    #expect(try directory.store.existing(image.id, at: now, expiring: nil) == nil)
    #expect(try directory.names.allSatisfy { $0.hasSuffix(".partial") })
    writer.abandon()
    #expect(try directory.names.isEmpty)
    #expect(throws: ArchiveError.ended(.image(image.id))) { try writer.write([1]) }
    #expect(throws: ArchiveError.ended(.image(image.id))) {
      try writer.finish(at: now, expiring: nil)
    }
  }

  @Test func aWriterThatIsGivenUpLeavesNothing() throws {
    let directory = try ArchiveDirectory()
    do { try directory.store.write(.volume).write(Data([1, 2, 3])) }
    #expect(try directory.names.isEmpty)
  }

  @Test func whatAKilledProcessLeftIsTakenAwayAndWhatIsBeingWrittenStays() throws {
    let directory = try ArchiveDirectory()
    let writer = try directory.store.write(.image(image.id))
    try writer.write(image.tar.bytes)
    let live = try #require(try directory.names.first)
    // The kernel drops the lock of a process that dies; its file stays.
    let dead = "copy-\(SHA256.hex("dead")).partial"
    try FileManager.default.copyItem(
      atPath: "\(directory.path)/\(live)", toPath: "\(directory.path)/\(dead)")
    try Data().write(to: URL(fileURLWithPath: directory.path + "/somebody-elses.partial"))
    #expect(try directory.store.removeLeftovers() == 1)
    #expect(try Set(directory.names) == [live, "somebody-elses.partial"])
    let copy = try writer.finish(at: now, expiring: nil)
    try directory.store.verify(copy)
    #expect(try directory.store.removeLeftovers() == 0)
  }

  @Test func anImageIsSavedOnce() throws {
    let directory = try ArchiveDirectory()
    let later = now + .seconds(60)
    #expect(try directory.store.existing(image.id, at: now, expiring: now) == nil)
    let copy = try directory.save(image.tar.bytes, as: .image(image.id), until: later)
    let sooner = try directory.store.existing(image.id, at: later, expiring: now, known: copy)
    #expect(sooner?.expiresAt == later && sooner?.savedAt == later)
    let never = try directory.store.existing(image.id, at: later, expiring: nil, known: copy)
    #expect(never?.expiresAt == nil && never?.digest == copy.digest && never?.savedAt == later)
    let unknown = try directory.store.existing(image.id, at: later, expiring: now)
    #expect(unknown?.expiresAt == now && unknown?.savedAt == later)
    #expect(try directory.store.used() == copy.size)
  }

  @Test func aDamagedCopyIsNotUsedAgainAndIsReplaced() throws {
    let directory = try ArchiveDirectory()
    let copy = try directory.save(image.tar.bytes, as: .image(image.id))
    var bytes = image.tar.bytes
    bytes[image.tar.places()[2].content] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: copy.file))
    #expect(throws: ArchiveError.self) {
      try directory.store.existing(image.id, at: now, expiring: nil)
    }
    #expect(throws: ArchiveError.altered(file: copy.file)) { try directory.store.verify(copy) }
    #expect(try directory.save(image.tar.bytes, as: .image(image.id)) == copy)
    try directory.store.verify(copy)
    // Another tar of the same image is whole, but not the one on record.
    try Data(image.tar.bytes + [UInt8](repeating: 0, count: 512))
      .write(to: URL(fileURLWithPath: copy.file))
    #expect(throws: ArchiveError.altered(file: copy.file)) {
      try directory.store.existing(image.id, at: now, expiring: nil, known: copy)
    }
  }

  @Test func aCopyIsReadBackAsItWasSaved() throws {
    let directory = try ArchiveDirectory()
    let copy = try directory.save(image.tar.bytes, as: .image(image.id))
    let reader = try directory.store.read(copy)
    var bytes: [UInt8] = []
    while let chunk = try reader.next(atMost: 1000) { bytes += chunk }
    #expect(bytes == image.tar.bytes)
    var wrong = image.tar.bytes
    wrong[0] ^= 1
    try Data(wrong).write(to: URL(fileURLWithPath: copy.file))
    let second = try directory.store.read(copy)
    #expect(throws: ArchiveError.altered(file: copy.file)) { while try second.next() != nil {} }
    try Data(wrong + [0]).write(to: URL(fileURLWithPath: copy.file))
    #expect(throws: ArchiveError.altered(file: copy.file)) { try directory.store.read(copy) }
    try FileManager.default.removeItem(atPath: copy.file)
    #expect(throws: ArchiveError.missing(file: copy.file)) { try directory.store.verify(copy) }
  }

  /// What is sent to an engine is what was proven.
  @Test func provenCopyStaysTheFileThatWasProven() throws {
    let directory = try ArchiveDirectory()
    let copy = try directory.save(image.tar.bytes, as: .image(image.id))
    let proven = try directory.store.verify(copy)
    let other = directory.path + "/other"
    try Data("other".utf8).write(to: URL(fileURLWithPath: other))
    try #require(rename(other, copy.file) == 0)
    #expect(try proven.file.readToEnd() == Data(image.tar.bytes))
    #expect(throws: ArchiveError.altered(file: copy.file)) { try directory.store.verify(copy) }
  }

  @Test func openingACopyMakesNoDirectory() throws {
    let directory = try ArchiveDirectory()
    let copy = file(
      "\(directory.path)/sub/x.tar", like: try directory.save(image.tar.bytes, as: .image(image.id))
    )
    #expect(throws: ArchiveError.missing(file: copy.file)) { try ArchiveStore(of: copy) }
    #expect(try directory.names.count == 1)
  }

  @Test func volumesAreTarsThatEndWhereTheyShould() throws {
    let directory = try ArchiveDirectory()
    var tar = HandmadeTar()
    tar.directory("volume/")
    tar.file("volume/" + String(repeating: "long/", count: 17) + "data", "content")
    tar.link("volume/out", to: "/etc/passwd")
    tar.link("volume/hard", to: "volume/data", type: "1")
    for type: Character in ["3", "4", "6"] { tar.link("volume/special\(type)", to: "", type: type) }
    for form in HandmadeTar.Form.allCases {
      tar.form = form
      let copy = try directory.save(tar.bytes, as: .volume)
      #expect(copy.image == nil)
      #expect(copy.file == "\(directory.path)/volume-\(copy.digest).tar")
      try directory.store.verify(copy)
      for bytes in [tar.bytes.dropLast(), tar.bytes[...] + [1], tar.bytes.dropLast(512)] {
        #expect(throws: ArchiveError.self) { try directory.save(Array(bytes), as: .volume) }
      }
    }
    #expect(try directory.names.count == HandmadeTar.Form.allCases.count)
  }

  /// It is unpacked at the root of a container.
  @Test func volumeWhoseFilesLieElsewhereIsNotSaved() throws {
    let directory = try ArchiveDirectory()
    var tar = HandmadeTar()
    #expect(throws: ArchiveError.self) { try directory.save(tar.bytes, as: .volume) }
    for first in ["./", "data/", "volume/sub/"] {
      tar.entries = []
      tar.directory(first)
      #expect(throws: ArchiveError.self) { try directory.save(tar.bytes, as: .volume) }
    }
    for name in ["volume/../etc/passwd", "/volume/file", "etc/passwd", "../volume/file"] {
      for type: Character in ["0", "1", "2", "5"] {
        tar.entries = [("volume/", "5", [], ""), (name, type, [], "volume/file")]
        #expect(throws: ArchiveError.self) { try directory.save(tar.bytes, as: .volume) }
      }
      tar.entries = [("volume/", "5", [], ""), ("volume/link", "1", [], name)]
      #expect(throws: ArchiveError.self) { try directory.save(tar.bytes, as: .volume) }
    }
    #expect(try directory.names.isEmpty)
  }

  @Test func whatTheDiskHoldsCountsAndNotWhatWasSent() throws {
    let directory = try ArchiveDirectory()
    var tar = HandmadeTar()
    tar.directory("volume/")
    tar.file("volume/data", "content")
    let writer = try directory.store.write(.volume)
    try writer.write(tar.bytes)
    let name = try #require(try directory.names.first)
    // Still a whole tar, of the same size, but another.
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(directory.path)/\(name)"))
    try file.seek(toOffset: 1024)
    try file.write(contentsOf: Data("C".utf8))
    try file.close()
    #expect(throws: ArchiveError.altered(file: "\(directory.path)/\(name)")) {
      try writer.finish(at: now, expiring: nil)
    }
    #expect(try directory.names.isEmpty)
  }

  @Test func onlyCopiesOfThisArchiveAreDeleted() throws {
    let directory = try ArchiveDirectory()
    let copy = try directory.save(image.tar.bytes, as: .image(image.id))
    let other = directory.path + "/mine"
    try Data([1]).write(to: URL(fileURLWithPath: other))
    let link = "\(directory.path)/image-\(SHA256.hex("link")).tar"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other)
    let folder = "\(directory.path)/volume-\(SHA256.hex("folder")).tar"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false)
    let name = copy.file.split(separator: "/").last ?? ""
    let paths = [
      other, link, folder, "/etc/passwd", "\(directory.path)/../\(name)",
      "\(directory.path)/mine/../\(name)", "\(directory.path)//\(name)", String(name), "",
    ]
    for path in paths {
      #expect(throws: ArchiveError.notOurs(file: path)) {
        try directory.store.remove(file(path, like: copy))
      }
      #expect(throws: ArchiveError.self) { try directory.store.verify(file(path, like: copy)) }
    }
    #expect(try directory.names.count == 4)
    try directory.store.remove(copy)
    try directory.store.remove(copy)
    #expect(try directory.names.count == 3)
  }

  @Test func aLinkInTheWayIsReplacedAndNotFollowed() throws {
    let directory = try ArchiveDirectory()
    let victim = directory.path + "/victim"
    try Data([1]).write(to: URL(fileURLWithPath: victim))
    let place = "\(directory.path)/image-\(image.id.rawValue.dropFirst(7)).tar"
    try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: victim)
    #expect(throws: ArchiveError.altered(file: place)) {
      try directory.store.existing(image.id, at: now, expiring: nil)
    }
    try directory.store.verify(try directory.save(image.tar.bytes, as: .image(image.id)))
    #expect(try Data(contentsOf: URL(fileURLWithPath: victim)) == Data([1]))
  }

  @Test func aCopyIsTakenBackUnlessSomebodyElseHasIt() throws {
    let directory = try ArchiveDirectory()
    func written() throws -> ArchiveWriter {
      let writer = try directory.store.write(.image(image.id))
      try writer.write(image.tar.bytes)
      _ = try writer.finish(at: now, expiring: nil)
      return writer
    }
    let first = try written()
    let name = try directory.names
    try first.takeBack()
    #expect(try directory.names.isEmpty)

    let used = try written()
    _ = try directory.store.existing(image.id, at: now, expiring: nil)
    try used.takeBack()
    #expect(try directory.names == name, "another sweep may rely on it")

    let second = try written()
    try used.takeBack()
    try second.takeBack()
    #expect(try directory.names == name, "it was there before")
    unlink("\(directory.path)/\(name[0])")

    let replaced = try written()
    _ = try written()
    try replaced.takeBack()
    #expect(try directory.names == name, "it is not the file that was written")
  }

  @Test func orphansGoWhenTheyAreOldAndNothingElseDoes() throws {
    let directory = try ArchiveDirectory()
    let old = try directory.save(image.tar.bytes, as: .image(image.id))
    var tar = HandmadeTar()
    tar.directory("volume/")
    tar.file("volume/data", "known")
    let known = try directory.save(tar.bytes, as: .volume)
    tar.file("volume/more", "young")
    let young = try directory.save(tar.bytes, as: .volume)
    let link = "\(directory.path)/image-\(SHA256.hex("link")).tar"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: known.file)
    let other = directory.path + "/image-mine.tar"
    try Data([1]).write(to: URL(fileURLWithPath: other))
    func date(_ path: String, _ seconds: Int64) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: Double(seconds))], ofItemAtPath: path)
    }
    let day: Int64 = 86_400
    let time = Timestamp(seconds: 20_000 * day)
    for path in [old.file, known.file, other] { try date(path, 19_960 * day) }
    try date(young.file, 19_980 * day)
    // Under another path of the same directory.
    let record = file("/elsewhere/" + (known.file.split(separator: "/").last ?? ""), like: known)
    func remove(_ days: Int64) throws {
      try directory.store.removeOrphans(
        besides: [record], unusedFor: .seconds(days * day), at: time)
    }
    try remove(41)
    #expect(try directory.names.count == 5)
    try remove(30)
    #expect(try !directory.names.contains { old.file.hasSuffix($0) })
    #expect(try directory.names.count == 4)
    try remove(0)
    #expect(try directory.names.count == 3)
    let fresh = try directory.save(image.tar.bytes, as: .image(image.id))
    try date(fresh.file, 20_000 * day - day + 1)
    try remove(0)
    #expect(FileManager.default.fileExists(atPath: fresh.file), "a sweep may be about to need it")
  }

  @Test func expiredCopyThatAnotherIndexHasUsedStays() throws {
    let directory = try ArchiveDirectory()
    let store = directory.store
    let mine = try directory.save(image.tar.bytes, as: .image(image.id), until: now + .seconds(30))
    let theirs = try store.existing(
      image.id, at: now + .seconds(20), expiring: now + .seconds(50))
    #expect(try !store.removeExpired(mine), "another one has it on record")
    #expect(try store.removeExpired(try #require(theirs)))
    #expect(try directory.names.isEmpty)
    #expect(try store.removeExpired(mine), "it is gone")
  }

  @Test func copyThatWasUsedForNothingExpiresAsItWouldHave() throws {
    let directory = try ArchiveDirectory()
    let store = directory.store
    let copy = try directory.save(image.tar.bytes, as: .image(image.id), until: now + .seconds(9))
    let earlier = try #require(store.lastUse(of: image.id))
    func used(_ seconds: Int64) throws -> ArchivedCopy {
      try #require(
        try store.existing(image.id, at: now + .seconds(seconds), expiring: nil, known: copy))
    }
    let first = try used(1)
    let second = try used(2)
    store.takeBackUse(of: first, since: earlier)
    #expect(store.lastUse(of: image.id) == second.savedAt, "another one has used it since")
    store.takeBackUse(of: second, since: earlier)
    #expect(store.lastUse(of: image.id) == earlier)

    let again = try store.write(.image(image.id))
    try again.write(image.tar.bytes)
    _ = try again.finish(at: now + .seconds(3), expiring: nil)
    try again.takeBack()
    #expect(try store.removeExpired(copy))
  }

  @Test func copyIsNotSaidToBeGoneWhereItsDiskIsNotMounted() throws {
    let disk = try ArchiveDirectory()
    let mountPoint = try ArchiveDirectory()
    let copy = try disk.save(image.tar.bytes, as: .image(image.id), until: now)
    let name = try #require(copy.file.split(separator: "/").last)
    unlink(mountPoint.path + "/.balai-archive")
    let elsewhere = file("\(mountPoint.path)/\(name)", like: copy)
    #expect(try !ArchiveStore(of: elsewhere).removeExpired(elsewhere))
    unlink(copy.file)
    #expect(try ArchiveStore(of: copy).removeExpired(copy))
  }

  @Test func tooMuchIsRefusedAndOddIdsAre() throws {
    let directory = try ArchiveDirectory()
    let writer = try directory.store.write(.image(image.id), atMost: 10)
    try writer.write([UInt8](repeating: 0, count: 10))
    #expect(throws: ArchiveError.tooLarge(limit: 10)) { try writer.write([0]) }
    #expect(try directory.names.isEmpty)
    for id in ["sha256:../../etc/passwd", "sha512:" + SHA256.hex(""), "", SHA256.hex("") + "0"] {
      #expect(throws: ArchiveError.unusableID(ImageID(id))) {
        try directory.store.write(.image(ImageID(id)))
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can mount a small file system"))
  func aFullFileSystemIsSaidToBeOneAndNothingIsLeft() async throws {
    let path = NSTemporaryDirectory() + "full-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let mounted = try await ProcessRun.of(
      "/bin/mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "balai-test", path])
    try #require(mounted.status == 0, "\(mounted.errors)")
    let result = Result {
      let store = try ArchiveStore(directory: path)
      #expect(store.free == 1 << 20)
      let writer = try store.write(.image(image.id))
      #expect(throws: ArchiveError.noRoom(directory: path)) {
        for _ in 0..<20 { try writer.write([UInt8](repeating: 7, count: 100_000)) }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
      #expect(store.free == 1 << 20)
      #expect(try store.used() == 0)
    }
    _ = try await ProcessRun.of("/bin/umount", ["--lazy", path])
    try FileManager.default.removeItem(atPath: path)
    try result.get()
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  private func file(_ path: String, like copy: ArchivedCopy) -> ArchivedCopy {
    ArchivedCopy(
      file: path, size: copy.size, digest: copy.digest, image: copy.image, savedAt: copy.savedAt,
      expiresAt: copy.expiresAt)
  }
}
