import Foundation
import Inventory

@testable import Engine

/// Every reply that is decoded, with all that is made of it.
enum ReplyDecoders {
  /// What a decoder made of a body; anything but an `EngineError` breaks a law.
  typealias Decoder = @Sendable (Reply) throws -> Void

  static let all: [String: Decoder] = [
    "info": { reply in
      let info = try reply.decode(Info.self, of: "info")
      _ = info.counts
      _ = info.identity(kind: .podman, apiVersion: .newest).key
    },
    "imgs": { reply in
      for image in try reply.decode([ImageSummary].self, of: "imgs").map(\.image) {
        try check(image)
      }
    },
    "insp": { try check(try $0.decode(ImageDetails.self, of: "insp").image) },
    "hist": { reply in
      let lines = try reply.decode([HistoryLine]?.self, of: "hist") ?? []
      try lines.forEach { try check($0.entry.size) }
    },
    "ctrs": { reply in
      for container in try reply.decode([ContainerSummary].self, of: "ctrs").map(\.container) {
        try check([container.created])
      }
    },
    "cinsp": { reply in
      let details = try reply.decode(ContainerDetails.self, of: "cinsp")
      for sized in [true, false] {
        let container = details.container(sized: sized)
        try check(
          [container.created] + [container.startedAt, container.finishedAt].compactMap(\.self))
        try [container.writableSize, container.rootSize].compactMap(\.self).forEach(check)
      }
    },
    "vols": { reply in
      _ = try reply.decode(VolumeList.self, of: "vols").Volumes?.map(\.volume)
    },
    "vol-insp": { _ = try $0.decode(VolumeReply.self, of: "vol").volume },
    "nets": { _ = try $0.decode([NetworkReply].self, of: "nets").map(\.network) },
    "df": { reply in
      let usage = try reply.decode(UsageReply.self, of: "df")
      for record in usage.buildCache {
        try check(record.size)
        try check([record.created, record.lastUsed].compactMap(\.self))
      }
      try usage.volumes.compactMap(\.size).forEach { size in
        if size < 0 { throw BrokenLaw("a volume of \(size) bytes") }
      }
    },
    "events": { reply in
      let events = try reply.decodeLines(EventReply.self, of: "events")
      _ = Changes(events: events, after: events.first?.mark)
      _ = Changes(followed: events)
      try check(events.map(\.time))
      for event in events where EngineAPI.seconds(event.mark.nanoseconds).contains("-") {
        throw BrokenLaw("a negative time is asked for")
      }
    },
    "irm": { _ = try $0.decode([DeletedItem].self, of: "irm") },
    "bprune": { _ = try $0.decode(PrunedCacheReply.self, of: "bprune").told(about: "a") },
    "commit": { _ = try $0.decode(CommitReply.self, of: "commit") },
    "distribution": { _ = try $0.decode(DistributionReply.self, of: "distribution") },
    "progress": { _ = try $0.decodeLines(ProgressLine.self, of: "load").map(\.failure) },
    "message": { reply in
      let message = reply.message
      if message.isEmpty || message.count > 501
        || message.unicodeScalars.contains(where: { $0.value < 32 })
      {
        throw BrokenLaw("the message is \(message.debugDescription)")
      }
    },
  ]

  /// The decoder of a recorded step; those that are none have an error's message at most.
  static func name(of step: String) -> String {
    all.keys.filter { step.hasPrefix($0) }.max { $0.count < $1.count } ?? "message"
  }

  /// - Throws: `BrokenLaw`; an `EngineError` is what a broken reply should lead to.
  static func run(_ name: String, _ body: Data) throws {
    do {
      try all[name]?(Reply(status: 200, headers: [:], body: body))
    } catch is EngineError {
    } catch let error as BrokenLaw {
      throw error
    } catch {
      throw BrokenLaw("\(name) throws \(error)")
    }
  }

  private static func check(_ image: Image) throws {
    try check(image.size)
    try check([image.created, image.lastTagged].compactMap(\.self))
  }

  private static func check(_ size: Int64) throws {
    if !(0...(1 << 48)).contains(size) { throw BrokenLaw("a size of \(size) bytes") }
  }

  /// Differences of times must not overflow, nor what is added to them.
  private static func check(_ times: [Timestamp]) throws {
    for time in times {
      for other in [Timestamp(seconds: .min), Timestamp(seconds: .max)] {
        _ = (time - other, other - time, (time + .seconds(86_400 * 36_500)).rfc3339)
      }
    }
  }
}

struct BrokenLaw: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
