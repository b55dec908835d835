import Foundation
package import Inventory

extension EngineClient {
  /// A container in the engine's own words: its inspect reply, JSON; nil: there is none of this id, and
  /// a list has it not either.
  ///
  /// Best asked while it runs: the address of its network card is told then only. Can hold secrets.
  package func description(of container: ContainerID) async throws(EngineError) -> String? {
    try await describe("containers/\(EngineAPI.escaped(container.rawValue))/json") {
      $0["Id"].text == container.rawValue
    } isListed: { () throws(EngineError) in
      try await containers().contains { $0.id == container }
    }
  }

  /// A volume in the engine's own words; nil: there is none of this name.
  package func description(ofVolume name: String) async throws(EngineError) -> String? {
    try await describe("volumes/\(EngineAPI.escaped(name))") {
      $0["Name"].text == name
    } isListed: { () throws(EngineError) in
      try await volumes().contains { $0.name == name }
    }
  }

  /// A network in the engine's own words; nil: there is none of this id.
  package func description(ofNetwork id: String) async throws(EngineError) -> String? {
    try await describe("networks/\(EngineAPI.escaped(id))") {
      $0["Id"].text == id
    } isListed: { () throws(EngineError) in
      try await networks().contains { $0.id == id }
    }
  }

  /// - Parameter isAsked: tells the object that was asked for from one that only has its id for a
  ///   name, or one that its id is the start of.
  private func describe(
    _ path: String, _ isAsked: (EngineJSON) -> Bool,
    isListed: () async throws(EngineError) -> Bool
  ) async throws(EngineError) -> String? {
    let call = "GET /\(path)"
    return try await find(call, afterRemoval: false) { () throws(EngineError) in
      let reply = try await api.send(.get, "/" + path)
      if reply.status == 404 { return nil }
      guard reply.status == 200 else {
        throw .refused(call: call, status: reply.status, message: reply.message)
      }
      guard let text = String(data: reply.body, encoding: .utf8), let value = EngineJSON(text),
        value.object != nil
      else { throw .brokenReply(call: call, reason: "it is not a JSON object") }
      return isAsked(value) ? text : nil
    } isListed: { () throws(EngineError) in
      try await isListed()
    }
  }
}
