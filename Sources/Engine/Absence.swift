extension EngineClient {
  /// Looks for one object; nil only where two different answers say that there is none.
  ///
  /// Whatever stands before an engine can answer 404 too, and to believe it alone would call something
  /// gone that is there. So a list must not have it either, or the engine must have said just before
  /// that it removed it.
  ///
  /// - Parameters:
  ///   - call: what the look asks, for an error.
  ///   - afterRemoval: whether the engine has just said that it removed the object.
  ///   - look: nil: the answer is that there is none.
  ///   - isListed: asks for a list, and whether the object is in it.
  /// - Throws: `EngineError.contradictory` where the list has it.
  func find<Value>(
    _ call: String, afterRemoval: Bool, _ look: () async throws(EngineError) -> Value?,
    isListed: () async throws(EngineError) -> Bool
  ) async throws(EngineError) -> Value? {
    // Twice: an engine that is just removing it may list it for a moment longer.
    for _ in 0..<2 {
      if let found = try await look() { return found }
      if afterRemoval { return nil }
      guard try await isListed() else { return nil }
    }
    throw .contradictory(call: call)
  }
}

extension EngineClient {
  /// A list of all objects of a kind; an empty one only where the engine counts none either.
  ///
  /// - Parameters:
  ///   - call: what the list asks, for an error.
  ///   - count: of what `/info` counts, for as far as an engine does.
  func believable<Object>(
    _ call: String, counted count: (ObjectCounts) -> Int,
    _ list: () async throws(EngineError) -> [Object]
  ) async throws(EngineError) -> [Object] {
    var counted = 0
    // Twice: one may have been made between the list and the count.
    for _ in 0..<2 {
      let objects = try await list()
      guard objects.isEmpty else { return objects }
      counted = count(try await api.get(Info.self, "/info").counts)
      if counted == 0 { return [] }
    }
    throw .brokenReply(call: call, reason: "it is empty, but there are \(counted)")
  }
}
