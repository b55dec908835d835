/// What a container can use of another one instead of having its own (`--network container:<id>`).
///
/// It names the other by its id: once that one is gone it can never be started again, whatever takes the
/// place.
package enum Namespace: String, Hashable, Sendable, Codable, CaseIterable {
  case network, pid, ipc
}
