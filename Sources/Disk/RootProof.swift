import Glibc
import Inventory

/// Whether a directory is the data root of the engine that was asked, and not one of the same name
/// on another machine: the engine's socket may come from there.
struct RootProof {
  let root: Folder
  let snapshot: Snapshot

  private var engine: EngineIdentity { snapshot.engine }

  /// In doubt it is not.
  var holds: Bool {
    switch (try? root.text(of: "engine-id")).flatMap(\.self) {
    // Since Docker 23.0 the engine keeps the id that it tells in a file; a copied machine has the
    // same, but not the same containers.
    case .some(let id): id == engine.id && holdsAnyListed
    case .none: holdsMostListed
    }
  }

  /// Enough of what is listed to tell whether the rest is likely to be there.
  private static let sample = 16

  private var containers: [String] {
    snapshot.containers.prefix(Self.sample).map { "\(containersFolder)/\($0.id)" }
  }

  /// Docker's containerd store has images elsewhere: there they prove nothing.
  private var images: [String] {
    guard engine.kind == .podman || engine.imageStore == .graphDriver else { return [] }
    return snapshot.images.prefix(Self.sample).compactMap { image in
      image.id.rawValue.sha256Digits.map { "\(imagesFolder)/\($0)" }
    }
  }

  /// Podman's graph root has one directory each (containers/storage).
  private var containersFolder: String {
    engine.kind == .docker ? "containers" : engine.storageDriver + "-containers"
  }

  private var imagesFolder: String {
    engine.kind == .docker
      ? LayerDatabase(of: engine.storageDriver, in: root).imagePath + "/content/sha256"
      : engine.storageDriver + "-images"
  }

  private var holdsAnyListed: Bool {
    let listed = containers + images
    return listed.isEmpty || listed.contains { root.holds($0) }
  }

  /// A few may have gone since they were listed.
  private var holdsMostListed: Bool {
    let listed = containers + images
    guard listed.isEmpty else {
      return listed.count { root.holds($0) } * 2 > listed.count
    }
    // An engine that lists nothing has nothing there, and is this machine's by name.
    return Self.hostName == engine.hostName && root.holds(containersFolder)
      && isEmpty(containersFolder) && isEmpty(imagesFolder)
  }

  /// Of directories: the files beside them are the engine's own lists.
  private func isEmpty(_ folder: String) -> Bool {
    (try? root.names(in: folder).allSatisfy { !$0.utf8.isSHA256 }) ?? false
  }

  private static var hostName: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "" }
    return withUnsafeBytes(of: &names.nodename) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
