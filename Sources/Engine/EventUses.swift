package import Inventory

/// What the index knew when events are read, and what is listed now: whether they cover all since.
struct Coverage: Sendable {
  /// How many events an engine remembers (moby `daemon/events`).
  static let ring = 256

  let isSurveyed: Bool
  let mark: EventMark?
  /// Whether the engine is still in the run that it was surveyed in before: it has its default bridge
  /// from then, which a start makes anew.
  let isSameRun: Bool
  /// Whether all events up to the mark were received as they happened.
  let isWatched: Bool
  /// When the events were asked for.
  let now: Timestamp

  /// The stretch that the events of a reply leave uncovered; nil: none.
  func missed(by events: [EventReply]) -> MissedStretch? {
    guard isSurveyed else { return nil }
    if let mark {
      if events.contains(where: { $0.mark == mark }) { return nil }
    } else if isSameRun, events.count < Self.ring {
      // Nothing has been pushed out of the ring, and no restart has emptied it.
      return nil
    }
    return MissedStretch(
      end: events.first?.time ?? now,
      // Without its marked event a ring that is not full began after a start of the engine.
      onlyWhatRan: isWatched && mark != nil && events.count < Self.ring)
  }
}

extension ObservedUses {
  /// - Parameter events: oldest first.
  init(_ events: some Sequence<EventReply>, missed: MissedStretch?) {
    self.init(missed: missed)
    for event in events { take(event) }
  }

  private mutating func take(_ event: EventReply) {
    let attributes = event.Actor?.Attributes ?? [:]
    guard let subject = event.Actor?.ID, !subject.isEmpty else {
      // Podman names the volume elsewhere.
      return
    }
    switch event.Type {
    case "container":
      guard !(event.Action ?? "").hasPrefix("health_status") else { return }
      // The classic builder runs each step in a container of the image before, which it names by its
      // id; that the build is done is told only at its end.
      if attributes["image"]?.hasPrefix("sha256:") ?? false {
        lastImageActivity = [lastImageActivity, event.time].compactMap(\.self).max()
      }
      images.append(
        ImageEvent(
          .used, of: attributes["image"] ?? "", by: ContainerID(subject), at: event.time))
    case "image": takeImage(event, subject, attributes["name"])
    case "volume" where ["mount", "unmount"].contains(event.Action):
      volumes[subject] = [volumes[subject], event.time].compactMap(\.self).max()
    case "network" where ["connect", "disconnect"].contains(event.Action):
      networks[subject] = [networks[subject], event.time].compactMap(\.self).max()
    default: break
    }
  }

  private mutating func takeImage(_ event: EventReply, _ subject: String, _ name: String?) {
    switch event.Action {
    case "save", "push": images.append(ImageEvent(.used, of: subject, at: event.time))
    case "tag":
      images.append(ImageEvent(.arrived, of: subject, newName: name, at: event.time))
    case "pull", "load", "loadfromarchive", "import", "build", "create":
      images.append(ImageEvent(.arrived, of: subject, at: event.time))
    default: return
    }
    guard event.Action != "save", event.Action != "push" else { return }
    lastImageActivity = [lastImageActivity, event.time].compactMap(\.self).max()
  }
}

/// One line of an engine's stream of events.
package struct EngineEvent: Sendable {
  let reply: EventReply

  package var mark: EventMark { reply.mark }

  /// Whether it is part of a health check or the like, which changes nothing that a survey tells.
  package var isRoutine: Bool { reply.isRoutine }

  /// Whether an image was built, pulled, loaded or tagged.
  package var isArrival: Bool {
    ObservedUses([reply], missed: nil).lastImageActivity != nil
  }
}

extension EngineClient {
  /// Follows what happens on the engine: first what it still remembers from the marked event on (the
  /// event itself too), from its whole memory where there is none, then whatever comes.
  ///
  /// It ends with an error, or when its task is cancelled; an engine that ends closes it without
  /// one.
  package func events(
    since mark: EventMark?
  ) -> AsyncThrowingStream<EngineEvent, any Error> {
    // Podman remembers for ever: without a mark it would tell all that ever happened.
    let remembers = mark != nil || identity.kind == .docker
    let lines = api.lines(
      "/events",
      query: remembers ? ["since=\(EngineAPI.seconds(mark?.nanoseconds ?? 0))"] : [])
    return AsyncThrowingStream { continuation in
      let task = Task {
        do {
          for try await line in lines {
            let reply = try Reply(status: 200, headers: [:], body: line)
              .decode(EventReply.self, of: "GET /events")
            continuation.yield(EngineEvent(reply: reply))
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// What events that were followed say of uses: for an engine that is out of reach.
  package static func uses(in events: [EngineEvent]) -> ObservedUses {
    ObservedUses(events.map(\.reply), missed: nil)
  }
}
