package import Foundation
package import Inventory

extension EngineClient {
  /// Writes a tar of one image, under the given names of it, or without a name where there are none.
  ///
  /// `GET /images/get`. It holds what `load` needs for the same id, layers and history, but not the
  /// parent, the digests and the time of the last tag. With a graph driver the engine first writes the
  /// whole tar, uncompressed, to its own disk. Never two images at once: with a graph driver Docker
  /// 25.0 and later then keeps layers for ever that both share. The sink has the whole tar only when
  /// this returns, and what it throws ends the transfer and reaches the caller as it is. The tar is not
  /// checked against the image: engines with the containerd store have left layers out (moby 49473).
  ///
  /// - Parameter limit: bytes that the tar may have; more is `replyTooLarge`.
  package func save(
    _ image: ImageID, references: [String], atMost limit: Int64 = .max,
    into sink: @Sendable (Data) async throws -> Void
  ) async throws {
    for reference in references where try await self.image(reference)?.id != image {
      throw EngineError.nameMoved(reference, from: image.rawValue)
    }
    let names = references.isEmpty ? [image.rawValue] : references
    let request = api.request(.get, "/images/get", names.map { "names=\(EngineAPI.escaped($0))" })
    try await api.download(request, atMost: limit, into: sink)
  }

  /// Gives the engine the images of a tar that `save` wrote, with their names.
  ///
  /// `POST /images/load`. Names that are in it are taken from the images that have them by then.
  /// An error comes in the middle of a reply that began with 200.
  ///
  /// - Parameter path: What an error calls the file.
  package func load(_ file: FileHandle, named path: String) async throws(EngineError) {
    var request = api.request(.post, "/images/load", ["quiet=1"])
    request.headers["Content-Type"] = "application/x-tar"
    try await api.work(request, from: UploadFile(file, named: path))
  }

  /// Gives an image one more name; one that another image has is taken from that.
  ///
  /// `POST /images/{id}/tag`; 404 where there is no such image.
  package func tag(_ image: ImageID, as reference: String) async throws(EngineError) {
    let name = ImageReference(reference)
    let path = "/images/\(EngineAPI.escaped(image.rawValue))/tag"
    let reply = try await api.send(
      .post, path, query: ["repo=\(EngineAPI.escaped(name.repository))"] + name.tagQuery)
    guard reply.status == 201 || reply.status == 200 else {
      throw .refused(call: "POST \(path)", status: reply.status, message: reply.message)
    }
  }

  /// Makes an image of a container and what it wrote, without what is in its volumes.
  ///
  /// `POST /commit` without a pause: the container is not to be disturbed, so that what it writes
  /// meanwhile may be in it or not.
  package func commit(
    _ container: ContainerID, as reference: String
  ) async throws(EngineError) -> ImageID {
    let name = ImageReference(reference)
    let query =
      [
        "container=\(EngineAPI.escaped(container.rawValue))",
        "repo=\(EngineAPI.escaped(name.repository))",
      ] + name.tagQuery + ["pause=0"]
    let reply = try await api.send(.post, "/commit", query: query, within: api.limits.long)
    guard reply.status == 201 else {
      throw .refused(call: "POST /commit", status: reply.status, message: reply.message)
    }
    let id = try reply.decode(CommitReply.self, of: "POST /commit").Id
    guard !id.isEmpty else {
      throw .brokenReply(call: "POST /commit", reason: "it names no image")
    }
    return ImageID(id)
  }
}

/// `POST /commit`.
struct CommitReply: Decodable {
  let Id: String
}

/// A name as the API wants it: in two parts.
struct ImageReference {
  let repository: String
  /// Nil where there is none, or a digest in its place.
  let tag: String?

  init(_ text: String) {
    let name = text.split(separator: "@", maxSplits: 1).first.map(String.init) ?? text
    // The colon of a registry's port has a slash after it.
    if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
      (repository, tag) = (String(name[..<colon]), String(name[name.index(after: colon)...]))
    } else {
      (repository, tag) = (name, nil)
    }
  }

  var tagQuery: [String] { tag.map { ["tag=\(EngineAPI.escaped($0))"] } ?? [] }
}

extension EngineAPI {
  /// A body of any size, whole or an error.
  func download(
    _ request: Request, atMost limit: Int64, into sink: @Sendable (Data) async throws -> Void
  ) async throws {
    let reply = try await transport.transfer(
      request, at: limits.pace, atMost: limit, into: sink)
    guard reply.status == 200 else {
      throw EngineError.refused(
        call: request.call, status: reply.status, message: reply.message)
    }
  }

  /// Work that an engine tells about line by line, and that has only succeeded where none of them is
  /// an error.
  func work(_ request: Request, from file: UploadFile? = nil) async throws(EngineError) {
    let progress = Progress(call: request.call)
    do {
      let reply = try await transport.transfer(
        request, from: file, at: limits.pace, atMost: Int64(limits.maxBodyBytes)
      ) { try await progress.take($0) }
      guard reply.status == 200 else {
        throw EngineError.refused(
          call: request.call, status: reply.status, message: reply.message)
      }
      try await progress.end()
    } catch let error as EngineError {
      throw error
    } catch {
      throw .connectionLost(call: request.call)
    }
  }
}

/// A line about work that goes on.
struct ProgressLine: Decodable {
  struct Detail: Decodable {
    let message: String?
  }

  let errorDetail: Detail?
  /// All that Podman sends, and that Docker sends too.
  let error: String?

  /// Nil: nothing went wrong so far.
  var failure: String? { errorDetail?.message ?? error ?? errorDetail.map { _ in "" } }
}

/// Reads what an engine says of its work, and keeps nothing of it.
private actor Progress {
  private let call: String
  private var lines = LineCutter()

  init(call: String) { self.call = call }

  func take(_ piece: Data) throws(EngineError) {
    for line in lines.cut(piece) { try read(line) }
    if lines.isTooLong {
      throw .replyTooLarge(call: call, limit: LineCutter.longestLine)
    }
  }

  func end() throws(EngineError) {
    // The last line may have no end.
    if !lines.rest.isEmpty { try read(lines.rest) }
  }

  private func read(_ data: Data) throws(EngineError) {
    // Lines end with a carriage return too.
    guard data.contains(where: { !" \t\r".utf8.contains($0) }) else { return }
    let line = try Reply(status: 200, headers: [:], body: data).decode(ProgressLine.self, of: call)
    guard let words = line.failure else { return }
    let text = Reply(status: 200, headers: [:], body: Data(words.utf8)).message
    throw .failedMidway(call: call, message: text)
  }
}
