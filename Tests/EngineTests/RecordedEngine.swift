import Engine
import Foundation
import TestSupport

/// Replies that a real engine once gave, on a small store with tagged and dangling images, running,
/// paused, created, exited and restarting containers, volumes and networks.
struct RecordedEngine: Sendable {
  static let names = [
    "docker-20.10-overlay2", "docker-28.5-overlay2", "docker-28.5-containerd",
    "docker-29.7-overlay2", "docker-29.7-containerd", "podman-4.3",
  ]

  struct Record: Sendable {
    let call: String
    let reply: StubReply
  }

  /// By the name of the step that asked.
  let records: [String: Record]
  /// By `/images/{id}` and `/containers/{id}`.
  private var byID: [String: StubReply] = [:]

  init(_ name: String) throws {
    let file = Bundle.module.url(forResource: "Replies/\(name)", withExtension: "jsonl")
    guard let file else { throw CocoaError(.fileNoSuchFile) }
    var records: [String: Record] = [:]
    var idOfStep: [String: String] = [:]
    for line in try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")) {
      guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any],
        let step = object["step"] as? String, let method = object["method"] as? String,
        let path = object["path"] as? String, let status = object["status"] as? Int
      else { continue }
      let body =
        try object["body"] as? String
        ?? String(
          decoding: JSONSerialization.data(
            withJSONObject: object["body"] ?? NSNull(), options: .fragmentsAllowed), as: UTF8.self)
      let reply = StubReply(
        status, body, headers: object["headers"] as? [String: String] ?? [:])
      records[step] = Record(call: "\(method) \(path)", reply: reply)
      idOfStep[step] = (object["body"] as? [String: Any])?["Id"] as? String
    }
    self.records = records
    for (step, record) in records {
      let parts = step.split(separator: "-", maxSplits: 1).map(String.init)
      if step.hasPrefix("insp-"), let id = idOfStep[step] {
        byID["/images/\(id)/json"] = record.reply
        byID["/images/\(id)/history"] = records["hist-\(parts[1])"]?.reply
      }
      if step.hasPrefix("cinsp-"), step != "cinsp-size", let id = idOfStep[step] {
        byID["/containers/\(id)/json"] = record.reply
      }
    }
  }

  /// An engine that answers as the recorded one did; 404 for what was not recorded.
  ///
  /// - Parameter fault: an answer in place of the recorded one.
  func stub(
    _ fault: @escaping @Sendable (StubRequest) -> StubReply? = { _ in nil }
  ) throws -> StubEngine {
    let lists = [
      "/_ping": "ping-get", "/info": "info", "/containers/json": "ctrs-all",
      "/images/json": "imgs?all=1", "/volumes": "vols", "/networks": "nets", "/events": "events",
    ]
    return try StubEngine { request in
      if let reply = fault(request) { return reply }
      let path = request.unversionedPath
      if path == "/system/df" { return records[Self.usageStep(request.query)]?.reply ?? .hanging }
      return lists[path].flatMap { records[$0]?.reply } ?? byID[path]
        ?? .error(404, "no such thing")
    }
  }

  /// `verbose=1` with only one part was not recorded; it is the same, with less.
  private static func usageStep(_ query: String) -> String {
    if query.contains("verbose=1") { return "df-verbose" }
    return query == "type=build-cache" ? "df-bc" : "df"
  }
}

extension StubEngine {
  func client(_ limits: RequestLimits = .standard) async throws -> EngineClient {
    try await EngineClient.connect(to: EngineEndpoint(socketPath: socketPath), limits: limits)
  }
}
