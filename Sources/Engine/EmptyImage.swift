import Foundation
import Inventory

extension EngineClient {
  /// Makes an image without a single file (`docker import` of an empty tar) and puts a tag on it.
  ///
  /// A container of it that is never started is the way to the files of a volume: the API reads and
  /// writes them only through a container.
  package func createEmptyImage(as reference: String) async throws(EngineError) {
    let parts = reference.split(separator: ":", maxSplits: 1).map(String.init)
    // Two blocks of zeros: a tar that ends at once.
    let reply = try await api.send(
      .post, "/images/create",
      query: [
        "fromSrc=-", "repo=\(EngineAPI.escaped(parts.first ?? ""))",
        "tag=\(EngineAPI.escaped(parts.dropFirst().first ?? "latest"))",
      ],
      body: Data(count: 1024), within: api.limits.long)
    let call = "POST /images/create"
    guard reply.status == 200 else {
      throw .refused(call: call, status: reply.status, message: reply.message)
    }
    // Errors come inside the stream.
    guard try await image(reference) != nil else {
      throw .brokenReply(call: call, reason: "the image is not there afterwards")
    }
  }
}
