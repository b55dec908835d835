import Inventory
import TestSupport

/// An image saved by hand, in each layout that engines write.
struct HandmadeImage {
  enum Layout: CaseIterable {
    /// Docker up to 24.
    case classic
    /// Docker from 25 with a graph driver.
    case blobs
    /// The containerd store, with a manifest as the image.
    case manifest
    /// The containerd store, with an index of which one platform was pulled.
    case index
  }

  let id: ImageID
  var tar = HandmadeTar()
  /// Names of the entries that must be right for the image to be whole.
  let vital: [String]

  init(_ layout: Layout, seed: UInt64, layers count: Int = 3) {
    var generator = SeededGenerator(seed: seed)
    var layers = (0..<count).map { _ in generator.bytes() }
    if let first = layers.first, layout == .classic { layers.append(first) }
    let diffs = layers.map {
      layout == .classic || layout == .blobs ? "sha256:" + SHA256.hex($0) : "sha256:of the unpacked"
    }
    let configuration =
      #"{"os":"linux","rootfs":{"type":"layers","diff_ids":[\#(Self.list(diffs))]},"x":"\#(seed)"}"#
    var entries = Entries()
    switch layout {
    case .classic:
      id = ImageID(SHA256.hex(configuration))
      let names = layers.indices.map { SHA256.hex("layer \($0)") }
      for (index, layer) in layers.enumerated() {
        tar.directory(names[index] + "/")
        tar.file(names[index] + "/VERSION", "1.0")
        if index == count {
          tar.link(names[index] + "/layer.tar", to: "../\(names[0])/layer.tar")
        } else {
          entries.add(names[index] + "/layer.tar", layer)
        }
        tar.entries += entries.take()
      }
      let file = SHA256.hex(configuration) + ".json"
      entries.add(file, Array(configuration.utf8))
      entries.add("manifest.json", Self.list(file, names.map { $0 + "/layer.tar" }))
    case .blobs, .manifest, .index:
      tar.directory("blobs/")
      tar.directory("blobs/sha256/")
      let blobs = layers.map { entries.blob($0) }
      let config = entries.blob(Array(configuration.utf8))
      let layerList = zip(blobs, layers).map(Self.descriptor).joined(separator: ",")
      let manifest = Array(
        #"{"config":\#(Self.descriptor(config, [UInt8](configuration.utf8))),"layers":[\#(layerList)]}"#
          .utf8)
      let manifestDigest = entries.blob(manifest)
      var top = (digest: manifestDigest, content: manifest)
      if layout == .index {
        let absent = Self.descriptor(SHA256.hex("never pulled"), [1])
        let content = Array(
          #"{"manifests":[\#(absent),\#(Self.descriptor(manifestDigest, manifest))]}"#.utf8)
        top = (entries.blob(content), content)
      }
      entries.add(
        "index.json", Array(#"{"manifests":[\#(Self.descriptor(top.digest, top.content))]}"#.utf8))
      entries.add(
        "manifest.json",
        Self.list("blobs/sha256/" + config, blobs.map { "blobs/sha256/" + $0 }))
      id = ImageID(layout == .blobs ? config : top.digest)
    }
    tar.entries += entries.take()
    // The loose manifest of a graph driver's image binds nothing.
    let loose = layout == .blobs ? ["index.json", "blobs/sha256/" + entries.lastBlob] : []
    vital = tar.entries.filter { $0.type == "0" }.map(\.name)
      .filter { !$0.hasSuffix("VERSION") && !loose.contains($0) }
  }

  private struct Entries {
    var all: [(name: String, type: Character, content: [UInt8], target: String)] = []
    var lastBlob = ""

    mutating func add(_ name: String, _ content: [UInt8]) { all.append((name, "0", content, "")) }

    mutating func blob(_ content: [UInt8]) -> String {
      let digest = SHA256.hex(content)
      lastBlob = digest
      add("blobs/sha256/" + digest, content)
      return digest
    }

    mutating func take() -> [(name: String, type: Character, content: [UInt8], target: String)] {
      defer { all = [] }
      return all
    }
  }

  private static func descriptor(_ digest: String, _ content: [UInt8]) -> String {
    #"{"digest":"sha256:\#(digest)","size":\#(content.count)}"#
  }

  private static func list(_ texts: [String]) -> String {
    texts.map { "\"\($0)\"" }.joined(separator: ",")
  }

  private static func list(_ config: String, _ layers: [String]) -> [UInt8] {
    Array(#"[{"Config":"\#(config)","RepoTags":null,"Layers":[\#(list(layers))]}]"#.utf8)
  }
}

extension SeededGenerator {
  fileprivate mutating func bytes() -> [UInt8] {
    (0..<Int.random(in: 1...3000, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self)
    }
  }
}
