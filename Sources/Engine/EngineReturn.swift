extension EngineClient {
  /// Waits for an engine that went away; whether the same one answers again within the time.
  ///
  /// It asks the unversioned `/_ping` and then `/info`, at least once: an engine that starts accepts
  /// connections before it answers. False at once where another engine answers at its socket, or the
  /// same one no longer speaks the version that was agreed on.
  package func waitUntilBack(within duration: Duration) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: duration)
    var pause = Duration.milliseconds(50)
    while !Task.isCancelled {
      var limits = api.limits
      limits.instant = min(max(end - clock.now, .seconds(1)), limits.instant, .seconds(5))
      limits.quick = limits.instant
      do {
        let found = try await EngineAPI.negotiate(over: api.transport, limits: limits)
        guard found.identity.kind == identity.kind, found.identity.key == identity.key,
          let new = found.api.version, let agreed = api.version
        else { return false }
        return new >= agreed
      } catch {
        let left = end - clock.now
        guard left > .zero, (try? await Task.sleep(for: min(pause, left))) != nil else {
          return false
        }
        pause = min(pause * 2, .seconds(2))
      }
    }
    return false
  }
}
