import Index

/// Writing to an index at the end of a run: what is not written now is lost.
package enum Insistence {
  /// For how long room is waited for.
  private static let patience = Duration.seconds(5)
  private static let pause = Duration.milliseconds(100)

  /// Tries until it succeeds, as long as there may be room a moment later; answers whether it did.
  ///
  /// - Parameter body: goes on where it failed the time before.
  package static func untilWritten(
    isolation: isolated (any Actor)? = #isolation, _ body: () throws -> Void
  ) async -> Bool {
    let end = ContinuousClock.now + patience
    while true {
      do {
        try body()
        return true
      } catch IndexError.full, IndexError.busy {
        guard .now < end, (try? await Task.sleep(for: pause)) != nil else { return false }
      } catch {
        return false
      }
    }
  }
}
