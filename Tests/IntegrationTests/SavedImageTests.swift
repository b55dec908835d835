import Archive
import Foundation
import Inventory
import TestSupport
import Testing

/// What `docker save` and `docker cp` write is what an archive keeps, and nothing else is.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct SavedImageTests {
  @Test func copiesOfAnEnginesImagesAreProvenAndLoadedAsTheSameImages() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      var images = [
        try await store.base("base:1"),
        try await store.image(
          "built:1", from: "base:1",
          [
            .file("/a", size: 3000), .workingDirectory("/w"), .environment("K", "V"),
            .smallFiles("/s", count: 9), .file("/empty", size: 0),
          ]),
        try await store.commit(nil, from: "built:1", size: 500),
      ]
      // The layer of `RUN true` is there several times, which `docker save` writes as links.
      images.append(
        try await store.image(
          "same:1", from: "base:1", [.run("true"), .run("true"), .run("true")]))
      try await store.tag("built:1", as: "other/name:2")
      let archive = try ArchiveStore(directory: engine.directory + "/archive")
      var copies: [ArchivedCopy] = []
      for id in images {
        let tar = try await saved(id.rawValue, by: engine)
        let copy = try keep(tar, .image(id), in: archive)
        #expect(copy.size == Int64(tar.count))
        copies.append(copy)
        try await refuseDamage(of: tar, id, in: archive)
      }
      let tagged = try await saved("built:1", by: engine)
      #expect(throws: ArchiveError.self) { try keep(tagged, .image(images[0]), in: archive) }
      let both = try await saved("built:1", "base:1", by: engine)
      #expect(throws: ArchiveError.self) { try keep(both, .image(images[1]), in: archive) }

      for name in ["same:1", "other/name:2", images[2].rawValue, "built:1", "base:1"] {
        try await engine.docker("rmi", name)
      }
      #expect(try await engine.docker("images", "-aq").isEmpty)
      for copy in copies {
        try archive.verify(copy)
        try await engine.docker("load", "--quiet", "--input", copy.file)
        let id = try #require(copy.image).rawValue
        #expect(try await engine.docker("image", "inspect", "--format", "{{.Id}}", id) == id)
      }
    }
  }

  @Test func aVolumesContentIsKeptAsTheEngineSendsIt() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let long = String(repeating: "directory-with-a-long-name/", count: 9)
      let script =
        "cd /volume; mkdir -p '\(long)'; dd if=/dev/zero of='\(long)f' bs=70000 count=1; ln \(long)f h; ln -s /etc/passwd l"
      let container = try await store.container(
        .exited, of: "base:1", volumes: ["data:/volume"], running: script)
      let file = engine.directory + "/volume.tar"
      let run = try await ProcessRun.of(
        "/bin/sh", ["-c", #"docker cp "$0:/volume" - > "$1""#, container.rawValue, file],
        environment: ["DOCKER_HOST": engine.host, "DOCKER_CONFIG": engine.directory + "/client"])
      try #require(run.status == 0, "\(run.errors)")
      let tar = try Data(contentsOf: URL(fileURLWithPath: file))
      let archive = try ArchiveStore(directory: engine.directory + "/archive")
      let copy = try keep(tar, .volume, in: archive)
      try archive.verify(copy)
      #expect(copy.size == Int64(tar.count) && tar.count > 70_000)
      #expect(throws: ArchiveError.self) {
        try keep(tar.prefix(tar.count / 2), .volume, in: archive)
      }
    }
  }

  /// Bits flipped in what binds the image, and cuts anywhere.
  private func refuseDamage(
    of tar: Data, _ id: ImageID, in archive: ArchiveStore
  ) async throws {
    var generator = SeededGenerator(seed: UInt64(tar.count))
    let digits = id.rawValue.dropFirst(7)
    var places = [tar.range(of: Data("\(digits).json".utf8))].compactMap { $0?.lowerBound }
    places += [tar.range(of: Data("/layer.tar".utf8))].compactMap { $0?.lowerBound }
    // Where a header of the configuration or of a layer is, its content begins 512 bytes on.
    for place in places {
      var damaged = tar
      damaged[place / 512 * 512 + 512 + Int.random(in: 0..<100, using: &generator)] ^= 4
      #expect(throws: ArchiveError.self) { try keep(damaged, .image(id), in: archive) }
    }
    #expect(places.count == 2)
    for _ in 0..<3 {
      let count = Int.random(in: 0..<tar.count, using: &generator)
      #expect(throws: ArchiveError.self) { try keep(tar.prefix(count), .image(id), in: archive) }
    }
  }

  private func saved(_ names: String..., by engine: RealEngine) async throws -> Data {
    let file = engine.directory + "/saved.tar"
    try await engine.docker(["save", "--output", file] + names)
    return try Data(contentsOf: URL(fileURLWithPath: file))
  }

  private func keep(
    _ tar: Data, _ content: ArchiveContent, in archive: ArchiveStore
  ) throws -> ArchivedCopy {
    let writer = try archive.write(content)
    try writer.write(tar)
    return try writer.finish(at: Timestamp(seconds: 1), expiring: nil)
  }
}
