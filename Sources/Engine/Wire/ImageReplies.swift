import Inventory

/// An image of `GET /images/json`.
struct ImageSummary: Decodable, Sendable {
  let Id: String
  let ParentId: String?
  let RepoTags: [String]?
  let RepoDigests: [String]?
  /// Seconds; 0 or year 1 where the image has no date.
  let Created: Int64?
  let Size: Int64?
  let Labels: [String: String]?

  var image: Image {
    let names = ImageNames(tags: RepoTags, digests: RepoDigests)
    return Image(
      id: ImageID(Id), references: names.references, digests: names.digests,
      parent: parentID(ParentId),
      created: Created.flatMap { $0 > 0 ? Timestamp(seconds: $0) : nil },
      size: (Size ?? 0).plausibleSize, labels: Labels ?? [:])
  }
}

/// `GET /images/{name}/json`.
struct ImageDetails: Decodable {
  struct Configuration: Decodable {
    let Labels: [String: String]?
  }
  struct RootFileSystem: Decodable {
    let Layers: [String]?
  }
  struct LocalMetadata: Decodable {
    let LastTagTime: String?
  }

  let Id: String
  let RepoTags: [String]?
  let RepoDigests: [String]?
  let Parent: String?
  /// Left out by new engines where the image has no date.
  let Created: String?
  let Size: Int64?
  let Config: Configuration?
  let RootFS: RootFileSystem?
  let Metadata: LocalMetadata?
  let Os: String?
  let Architecture: String?
  let Variant: String?

  /// Nil where one of the two that it takes is missing or empty, as on an image made by hand.
  var platform: String? {
    guard let Os, !Os.isEmpty, let Architecture, !Architecture.isEmpty else { return nil }
    return ([Os, Architecture] + [Variant ?? ""].filter { !$0.isEmpty }).joined(separator: "/")
  }

  var lastTagged: Timestamp? { Metadata?.LastTagTime.flatMap { Timestamp(rfc3339: $0) } }

  var image: Image {
    let names = ImageNames(tags: RepoTags, digests: RepoDigests)
    return Image(
      id: ImageID(Id), references: names.references, digests: names.digests,
      parent: parentID(Parent),
      created: Created.flatMap { Timestamp(rfc3339: $0) }.flatMap { Timestamp(positive: $0) },
      size: (Size ?? 0).plausibleSize, labels: Config?.Labels ?? [:], lastTagged: lastTagged)
  }
}

/// A line of `GET /images/{name}/history`.
struct HistoryLine: Decodable {
  let Created: Int64?
  let CreatedBy: String?
  let Size: Int64?
  let Comment: String?

  var entry: HistoryEntry {
    let (text, size, isBuildKit) = (
      CreatedBy ?? "", (Size ?? 0).plausibleSize, Comment == "buildkit.dockerfile.v0"
    )
    return HistoryEntry(
      size: size,
      fingerprint: String(SHA256.hex("\(text)\0\(Created ?? 0)").prefix(16)),
      isMetadataOnly: size == 0 && Self.makesNoLayer(text, isBuildKit: isBuildKit),
      isBuildKit: isBuildKit)
  }

  /// The instructions that never make a layer. WORKDIR is none of them: it can make a directory.
  private static let metadataInstructions: Set<String> = [
    "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME",
  ]

  /// The classic builder writes `/bin/sh -c #(nop)  ENV …`, BuildKit `ENV …`.
  private static func makesNoLayer(_ text: String, isBuildKit: Bool) -> Bool {
    let instruction: Substring
    if let marker = text.firstRange(of: "#(nop)") {
      instruction = text[marker.upperBound...]
    } else if isBuildKit {
      instruction = text[...]
    } else {
      return false
    }
    return instruction.split(separator: " ").first
      .map { metadataInstructions.contains(String($0)) } ?? false
  }
}

/// An element of the reply to `DELETE /images/{name}`.
struct DeletedItem: Decodable {
  let Untagged: String?
  let Deleted: String?
}

/// An image's names as a person would write them.
private struct ImageNames {
  let references: [String]
  let digests: [String]

  /// Engines below API 1.43 say `<none>:<none>` for no name at all, and the containerd image store
  /// lists an image pulled by digest under a tag that is a digest.
  init(tags: [String]?, digests: [String]?) {
    let tags = tags ?? []
    let isNamed = { (name: String) in !name.contains("<none>") }
    references = Set(tags.filter { isNamed($0) && !$0.contains("@") }).sorted()
    self.digests = Set(((digests ?? []) + tags).filter { isNamed($0) && $0.contains("@") }).sorted()
  }
}

private func parentID(_ text: String?) -> ImageID? {
  text.flatMap { $0.isEmpty ? nil : ImageID($0) }
}

extension Timestamp {
  /// Whole seconds, as in lists, so that a date is the same wherever it was read; nil for 1970 and
  /// before, which stand for no date.
  fileprivate init?(positive time: Timestamp) {
    guard time.microseconds >= 1_000_000 else { return nil }
    self.init(seconds: time.microseconds / 1_000_000)
  }
}
