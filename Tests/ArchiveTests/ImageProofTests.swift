import Archive
import Foundation
import Inventory
import TestSupport
import Testing

struct ImageProofTests {
  @Test(arguments: HandmadeImage.Layout.allCases, HandmadeTar.Form.allCases)
  func wholeImagesOfEachLayoutAreKept(layout: HandmadeImage.Layout, form: HandmadeTar.Form) throws {
    for seed in 0..<5 as Range<UInt64> {
      let directory = try ArchiveDirectory()
      var image = HandmadeImage(layout, seed: seed, layers: Int(seed))
      image.tar.form = form
      let copy = try directory.save(image.tar.bytes, as: .image(image.id))
      #expect(copy.image == image.id)
      #expect(copy.digest == SHA256.hex(image.tar.bytes))
      #expect(copy.size == Int64(image.tar.bytes.count))
      #expect(copy.file == "\(directory.path)/image-\(image.id.rawValue.dropFirst(7)).tar")
      try directory.store.verify(copy)
    }
  }

  @Test(arguments: HandmadeImage.Layout.allCases)
  func aFlippedBitInAnyVitalPartIsRefused(layout: HandmadeImage.Layout) throws {
    let image = HandmadeImage(layout, seed: 7)
    var generator = SeededGenerator(seed: 7)
    for (entry, place) in zip(image.tar.entries, image.tar.places()) {
      // What lists the parts is bound by nothing but the parts: only its form can be broken.
      let isList = ["manifest.json", "index.json"].contains(entry.name)
      for _ in 0..<4 {
        var bytes = image.tar.bytes
        bytes[place.header + Int.random(in: 0..<512, using: &generator)] ^= 1 << 3
        refuse(bytes, as: image.id)
        guard image.vital.contains(entry.name), !isList else { continue }
        bytes = image.tar.bytes
        bytes[place.content + Int.random(in: 0..<entry.content.count, using: &generator)] ^=
          1 << UInt8.random(in: 0..<8, using: &generator)
        refuse(bytes, as: image.id)
      }
    }
  }

  @Test(arguments: HandmadeImage.Layout.allCases)
  func whatIsCutShortOrGoesOnIsRefused(layout: HandmadeImage.Layout) throws {
    let image = HandmadeImage(layout, seed: 11)
    let bytes = image.tar.bytes
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<20 {
      refuse(Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))), as: image.id)
    }
    refuse(bytes + [1], as: image.id)
    refuse(bytes + [UInt8](repeating: 0, count: 4096) + [1], as: image.id)
    refuse(bytes + bytes, as: image.id)
    let directory = try ArchiveDirectory()
    // GNU tar fills its last record with zeros.
    try directory.save(bytes + [UInt8](repeating: 0, count: 4096), as: .image(image.id))
  }

  @Test(arguments: HandmadeImage.Layout.allCases)
  func eachPartMustBeThereOnce(layout: HandmadeImage.Layout) throws {
    let image = HandmadeImage(layout, seed: 13)
    for name in image.vital {
      var tar = image.tar
      tar.entries.removeAll { $0.name == name }
      refuse(tar.bytes, as: image.id)
      tar = image.tar
      tar.entries += tar.entries.filter { $0.name == name }
      refuse(tar.bytes, as: image.id)
      // A part of another image in its place.
      tar = image.tar
      for index in tar.entries.indices where tar.entries[index].name == name {
        tar.entries[index].content =
          HandmadeImage(layout, seed: 14).tar.entries.first { $0.type == "0" }?.content ?? []
      }
      refuse(tar.bytes, as: image.id)
    }
  }

  @Test(arguments: HandmadeImage.Layout.allCases)
  func anotherImageIsRefused(layout: HandmadeImage.Layout) throws {
    let one = HandmadeImage(layout, seed: 1)
    let other = HandmadeImage(layout, seed: 2)
    refuse(other.tar.bytes, as: one.id)
    // Its own parts, and those of the image asked for beside them.
    var both = other.tar
    both.entries += one.tar.entries.filter { part in
      !other.tar.entries.contains { $0.name == part.name }
    }
    refuse(both.bytes, as: one.id)
  }

  @Test func linksLeadNowhereButToFilesOfTheTar() throws {
    let image = HandmadeImage(.classic, seed: 3)
    let targets = [
      "/etc/passwd", "../../etc/passwd", "../../../layer.tar", "nothing", "layer.tar", "", "..",
      "../\(SHA256.hex("layer 1"))/layer.tar",
    ]
    for target in targets {
      for type: Character in ["1", "2"] {
        var tar = image.tar
        for index in tar.entries.indices where tar.entries[index].type == "2" {
          tar.entries[index].target = target
          tar.entries[index].type = type
        }
        refuse(tar.bytes, as: image.id)
      }
    }
    for name in ["../outside", "/absolute", "a/../../b"] {
      var tar = image.tar
      tar.file(name, "x")
      refuse(tar.bytes, as: image.id)
    }
  }

  @Test func whatWouldFillTheMemoryIsRefused() throws {
    let id = ImageID(SHA256.hex("x"))
    // A header that promises 8 GB of records, or 2^62 bytes of a file.
    refuse(HandmadeTar.header("x", "x", 0o77777777777) + [0], as: id)
    refuse(HandmadeTar.header("x", "L", 0o77777777777) + [0], as: id)
    refuse(HandmadeTar.header("x", "0", 1 << 62, binary: true) + [0], as: id)
    var many = HandmadeTar()
    for number in 0...10_000 { many.directory("d\(number)") }
    refuse(many.bytes, as: id)
    var deep = HandmadeTar()
    deep.file("manifest.json", String(repeating: "[", count: 1_000_000))
    refuse(deep.bytes, as: id)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func randomBlocksAreRefused(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var bytes = HandmadeImage(.classic, seed: seed).tar.bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0..<(bytes.count - 1024) / 512, using: &generator) * 512
      for index in start..<start + 512 {
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
    }
    // Whatever the blocks hit, it ends with an answer; almost always with a refusal.
    let directory = try ArchiveDirectory()
    _ = try? directory.save(bytes, as: .image(HandmadeImage(.classic, seed: seed).id))
    #expect(try directory.names.allSatisfy { $0.hasPrefix("image-") })
  }

  /// Holds that these bytes are no copy of the image, and that nothing of them is kept.
  private func refuse(
    _ bytes: [UInt8], as id: ImageID, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      let directory = try ArchiveDirectory()
      do {
        try directory.save(bytes, as: .image(id))
        Issue.record("a copy was kept that is not whole", sourceLocation: sourceLocation)
      } catch let error as ArchiveError {
        guard case .incomplete = error else { throw error }
      }
      #expect(try directory.names.isEmpty, sourceLocation: sourceLocation)
    } catch {
      Issue.record(error, sourceLocation: sourceLocation)
    }
  }
}
