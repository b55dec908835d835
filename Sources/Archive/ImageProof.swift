import Foundation
import Inventory

/// Proves that a tar as `docker save` writes it holds an image whole.
///
/// A digest leads to a digest: with a graph driver the image's id is that of its configuration, which
/// names the digest of each layer's tar (`rootfs.diff_ids`); in the containerd store it is that of a
/// manifest or index, which names the digest of each blob.
struct ImageProof: ~Copyable {
  private let content: ArchiveContent
  private let digits: String
  private var tar: TarReader
  private let files: ArchivedFiles
  /// Manifests that were looked at: an index could lead to itself.
  private var seen: Set<String> = []
  private var configurations: Set<String> = []

  /// A configuration holds its image's whole history; no engine makes one near this.
  private static let documentLimit: Int64 = 16 << 20

  /// Reads the file and returns its digest.
  static func digest(
    of file: consuming CopyFile, holding image: ImageID
  ) throws(ArchiveError) -> String {
    guard let digits = CopyName.digits(of: image.rawValue) else { throw .unusableID(image) }
    var proof = try ImageProof(file, .image(image), digits)
    try proof.prove()
    return try proof.tar.digest()
  }

  private init(
    _ file: consuming CopyFile, _ content: ArchiveContent, _ digits: String
  ) throws(ArchiveError) {
    var tar = TarReader(file, holding: content)
    self.files = try ArchivedFiles(of: content, in: &tar)
    self.tar = tar
    self.content = content
    self.digits = digits
  }

  private mutating func prove() throws(ArchiveError) {
    guard let list = files["manifest.json"] else { throw lacks("it has no manifest.json") }
    let images = try decode([SavedImage].self, list, "manifest.json")
    guard let first = images.first else { throw lacks("its manifest.json names no image") }
    guard let configuration = files[first.Config] else {
      throw lacks("it has no configuration of an image")
    }
    if configuration.digest == digits, images.count == 1 {
      try proveLayers(first, of: configuration)
      return
    }
    try proveBlobs()
    for image in images {
      guard let configuration = files[image.Config], configurations.contains(configuration.digest)
      else { throw lacks("its manifest.json names another image") }
      guard image.layers.allSatisfy({ files[$0] != nil }) else { throw lacks("a layer is missing") }
    }
  }

  /// Graph driver: the configuration is the image, and binds each layer.
  private func proveLayers(
    _ image: SavedImage, of file: ArchivedFiles.File
  ) throws(ArchiveError) {
    let configuration = try decode(Configuration.self, file, "its configuration")
    let digests = configuration.rootfs?.diff_ids ?? []
    guard image.layers.count == digests.count else {
      throw lacks("it has \(image.layers.count) of \(digests.count) layers")
    }
    for (path, digest) in zip(image.layers, digests) {
      guard let layer = files[path] else { throw lacks("a layer is missing") }
      guard "sha256:" + layer.digest == digest else { throw lacks("a layer is damaged") }
    }
  }

  /// The containerd store: the id is in the index, and leads to everything.
  private mutating func proveBlobs() throws(ArchiveError) {
    guard let index = files["index.json"] else { throw lacks("it holds another image") }
    let named = try decode(Manifest.self, index, "index.json").manifests ?? []
    guard named.contains(where: { $0.digest == "sha256:" + digits }),
      let blob = files.blob("sha256:" + digits)
    else { throw lacks("it holds another image") }
    try proveManifest(blob, depth: 0)
    guard !configurations.isEmpty else { throw lacks("no platform of the image is in it") }
  }

  /// A manifest that is there must be whole. Those of an index that are not there are of platforms
  /// that were never pulled.
  private mutating func proveManifest(
    _ file: ArchivedFiles.File, depth: Int
  ) throws(ArchiveError) {
    guard depth <= 4, seen.insert(file.digest).inserted else { return }
    let manifest = try decode(Manifest.self, file, "a manifest")
    for child in manifest.manifests ?? [] {
      guard let digits = CopyName.digits(of: child.digest), files["blobs/sha256/" + digits] != nil
      else { continue }
      guard let blob = files.blob(child.digest) else { throw lacks("a manifest is damaged") }
      try proveManifest(blob, depth: depth + 1)
    }
    guard let configuration = manifest.config else { return }
    guard let blob = files.blob(configuration.digest) else {
      throw lacks("a configuration is missing or damaged")
    }
    for layer in manifest.layers ?? [] {
      guard let blob = files.blob(layer.digest), layer.size == nil || layer.size == blob.entry.size
      else { throw lacks("a layer is missing or damaged") }
    }
    configurations.insert(blob.digest)
  }

  private func lacks(_ reason: String) -> ArchiveError { .incomplete(content, reason: reason) }

  private func decode<Value: Decodable>(
    _ type: Value.Type, _ file: ArchivedFiles.File, _ name: String
  ) throws(ArchiveError) -> Value {
    guard let bytes = try tar.content(of: file.entry, atMost: Self.documentLimit),
      SHA256.hex(bytes) == file.digest,
      let value = try? JSONDecoder().decode(type, from: Data(bytes))
    else { throw lacks("\(name) cannot be read") }
    return value
  }
}

/// An image in `manifest.json`.
private struct SavedImage: Decodable {
  let Config: String
  /// Null for an image without layers.
  let Layers: [String]?

  var layers: [String] { Layers ?? [] }
}

/// An image's configuration.
private struct Configuration: Decodable {
  struct RootFS: Decodable { let diff_ids: [String]? }
  let rootfs: RootFS?
}

/// An OCI manifest or index: which of both it is shows in what it has.
private struct Manifest: Decodable {
  struct Descriptor: Decodable {
    let digest: String
    let size: Int64?
  }
  let config: Descriptor?
  let layers: [Descriptor]?
  let manifests: [Descriptor]?
}
