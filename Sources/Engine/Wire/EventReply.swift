import Inventory

/// A line of `GET /events`.
struct EventReply: Decodable {
  struct ActorReply: Decodable {
    let ID: String?
    let Attributes: [String: String]?
  }

  let `Type`: String?
  let Action: String?
  let Actor: ActorReply?
  let timeNano: Int64

  /// Not so a health check and what else is executed in a running container: it goes on every few
  /// seconds, and changes nothing that an inspect is asked for.
  var changesContainer: Bool {
    guard `Type` == "container" else { return false }
    let action = Action ?? ""
    return !action.hasPrefix("exec_") && !action.hasPrefix("health_status")
  }

  var time: Timestamp { Timestamp(microseconds: timeNano / 1000) }

  /// Not so what goes on every few seconds on a quiet host: health checks.
  var isRoutine: Bool {
    `Type` == "container" && !changesContainer
  }

  var mark: EventMark {
    EventMark(
      nanoseconds: timeNano,
      identity: "\(`Type` ?? "")|\(Action ?? "")|\(Actor?.ID ?? "")|\(timeNano)")
  }
}
