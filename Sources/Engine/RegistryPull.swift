import Foundation

/// What a registry says about an image, as far as an engine can learn it.
package enum RegistryAnswer: Hashable, Sendable {
  case holds
  case lacks
  /// The registry wants to know who asks, or does not let them; some say so of what they lack.
  case denied(String)
  /// Nobody knows: the engine cannot ask it, or got no answer.
  case unreachable(String)
}

extension EngineClient {
  /// Fetches an image by its digest; it comes without a name.
  ///
  /// `POST /images/create`; errors come with a status or in the middle of a reply that began with 200.
  /// It has the id that it had before, with a graph driver and in the containerd image store.
  ///
  /// - Parameters:
  ///   - digestReference: `repository@sha256:…`.
  ///   - platform: which of the images, where the digest stands for several; nil: the engine's own.
  ///   - authorization: from `RegistryCredentials`; nil: without a login.
  package func pull(
    _ digestReference: String, for platform: String? = nil, authorization: String?
  ) async throws(EngineError) {
    var query = ["fromImage=\(EngineAPI.escaped(digestReference))"]
    if let platform { query.append("platform=\(EngineAPI.escaped(platform))") }
    var request = api.request(.post, "/images/create", query)
    request.headers = Self.registryHeaders(authorization)
    try await api.work(request)
  }

  /// Whether a registry still has what a digest names, which costs one request to it.
  ///
  /// `GET /distribution/{name}/json`, Docker 17.06 and later; Podman has none, and "lacks" it all.
  package func registryHolds(
    _ digestReference: String, authorization: String?
  ) async throws(EngineError) -> RegistryAnswer {
    let path = "/distribution/\(EngineAPI.escaped(digestReference))/json"
    var request = api.request(.get, path)
    request.headers = Self.registryHeaders(authorization)
    request.maxReplyBytes = RequestLimits.maxObjectBytes
    let reply: Reply
    do {
      reply = try await api.transport.send(request, within: api.limits.quick)
    } catch .noAnswer(let call, let deadline) {
      // The engine waits for the registry.
      return .unreachable("\(EngineError.noAnswer(call: call, after: deadline))")
    }
    switch reply.status {
    case 200:
      let told = try reply.decode(DistributionReply.self, of: request.call).Descriptor?.digest
      let asked = digestReference.split(separator: "@").last.map(String.init)
      return told == asked ? .holds : .lacks
    case 404: return .lacks
    case 401, 403: return .denied(reply.message)
    default: return .unreachable(reply.message)
    }
  }

  /// `{}` in base64url is no login; without the header some engines refuse the call.
  private static func registryHeaders(_ authorization: String?) -> [String: String] {
    ["X-Registry-Auth": authorization ?? "e30="]
  }
}

/// `GET /distribution/{name}/json`.
struct DistributionReply: Decodable {
  struct Description: Decodable {
    let digest: String?
  }

  let Descriptor: Description?
}
