import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite struct RecordedRepliesTests {
  @Test(arguments: RecordedEngine.names)
  func containersReadAsTheyWere(_ name: String) async throws {
    let isPodman = name.hasPrefix("podman")
    let snapshot = try await survey(name)
    let found = Dictionary(
      snapshot.containers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    #expect(found["run1"]?.state == .running)
    #expect(found["run1"]?.volumes == ["vol1"])
    #expect(found["run1"]?.startedAt != nil)
    #expect(found["run1"]?.finishedAt == nil)
    #expect(found["run1"]?.writableSize == nil)
    #expect(found["run1"]?.exitCode == nil)
    #expect(found["cr1"]?.exitCode == nil)
    #expect(found["c0"]?.exitCode == 0)
    #expect(found["pz"]?.state == .paused)
    #expect(found["cr1"]?.state == .created)
    #expect(found["cr1"]?.startedAt == nil)
    #expect(found["cr1"]?.volumes.first?.count == 64)
    #expect(found["c0"]?.state == .exited)
    #expect(found["c0"]?.command.hasPrefix("/bin/sh -c") == true)
    #expect(found["c0"]?.writableSize == 0)
    #expect(found["c0"]?.restartPolicy == "no")
    #expect(found["rs"]?.restartPolicy == "always")
    #expect(found["rs"]?.state.isActive == true)
    if let stopped = found["c0"], let at = stopped.finishedAt, let from = stopped.startedAt {
      #expect(from < at)
      #expect(stopped.created <= from)
    } else {
      Issue.record("c0 has no times")
    }
    #expect(found["c0"]?.networks == (isPodman ? [] : ["none"]))
  }

  @Test(arguments: RecordedEngine.names)
  func imagesReadAsTheyWere(_ name: String) async throws {
    let snapshot = try await survey(name)
    let host = name.hasPrefix("podman") ? ("docker.io/", "localhost/") : ("", "")
    func image(_ reference: String) throws -> Image {
      try #require(snapshot.images.first { $0.references.contains(reference) })
    }
    let base = try image("\(host.0)t/base:1")
    #expect(
      Set(base.references)
        == ["\(host.0)t/base:1", "\(host.0)t/base:2", "localhost:5000/t/base:3"])
    #expect(base.references == base.references.sorted())
    #expect(base.labels == ["k": "v"])
    #expect(base.parent == nil)
    #expect(base.content?.diffs.count == 1)
    let child = try image("\(host.0)t/child:1")
    #expect(child.parent == base.id)
    #expect(child.content?.diffs.count == 2)
    #expect(child.content?.diffs.first == base.content?.diffs.first)
    #expect(
      child.content?.history.map(\.fingerprint).first == base.content?.history.first?.fingerprint)
    #expect((child.content?.history.last?.size ?? 0) > 300_000)
    let undated = try image("\(host.1)ld/nocreated:1")
    #expect(name.hasPrefix("podman") || undated.created == nil)
    #expect(undated.content?.history.isEmpty == true)
    let one = try image("\(host.1)ld/one:1")
    #expect(one.created == Timestamp(rfc3339: "2023-05-05T05:05:05Z"))
    #expect(name.hasPrefix("podman") || one.lastTagged != nil)
    #expect(try image("\(host.1)ld/epoch:1").created == nil)
    for image in snapshot.images {
      #expect(image.id.rawValue.hasPrefix("sha256:"))
      #expect(!(image.references + image.digests).contains { $0.contains("<none>") })
    }
  }

  @Test(arguments: RecordedEngine.names)
  func danglingImagesHaveNoReferences(_ name: String) throws {
    let reply = try #require(try RecordedEngine(name).records["imgs?all=1"]).reply
    let listed = try JSONDecoder().decode([ImageSummary].self, from: Data(reply.body.utf8))
    let images = listed.map(\.image)
    #expect(images.count == 11)
    #expect(images.filter(\.isUntagged).count == 3)
    #expect(images.allSatisfy { $0.size > 0 })
  }

  @Test(arguments: RecordedEngine.names)
  func volumesAndNetworksReadAsTheyWere(_ name: String) async throws {
    let snapshot = try await survey(name)
    #expect(snapshot.volumes.count == 2)
    #expect(snapshot.volumes.filter(\.isAnonymous).count == 1)
    #expect(snapshot.volumes.allSatisfy { $0.created != nil && $0.driver == "local" })
    #expect(snapshot.networks.contains { $0.name == "n1" && $0.driver == "bridge" })
    #expect(snapshot.networks.filter { !$0.isBuiltIn }.count == 1)
  }

  @Test(arguments: RecordedEngine.names.filter { $0.hasPrefix("docker") })
  func eventsOfAReplyAreReadToTheLast(_ name: String) async throws {
    let body = try #require(try RecordedEngine(name).records["events"]).reply.body
    let events = try Reply(status: 200, headers: [:], body: Data(body.utf8))
      .decodeLines(EventReply.self, of: "GET /events")
    #expect(events.count == 40)
    let middle = events[20].mark
    let changes = Changes(events: events, after: middle)
    #expect(changes.newest == events.last?.mark)
    let expected = Set(
      events[21...].filter { $0.Type == "container" && $0.Action?.hasPrefix("exec") == false }
        .compactMap { $0.Actor?.ID })
    #expect(Set((changes.containers ?? []).map(\.rawValue)) == expected)
  }

  @Test(arguments: RecordedEngine.names)
  func inspectAloneTellsWhatTheSurveyTells(_ name: String) async throws {
    let stub = try RecordedEngine(name).stub()
    defer { stub.close() }
    let client = try await stub.client()
    let snapshot = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1)).snapshot
    // Of some only the list was recorded.
    for listed in snapshot.containers where !listed.restartPolicy.isEmpty {
      let alone = try #require(try await client.container(listed.id))
      #expect(alone.name == listed.name)
      #expect(alone.imageID == listed.imageID)
      #expect(alone.created == listed.created)
      #expect(alone.startedAt == listed.startedAt)
      #expect(alone.finishedAt == listed.finishedAt)
      #expect(alone.labels == listed.labels)
    }
    for listed in snapshot.images where listed.content != nil {
      let alone = try #require(try await client.image(listed.id.rawValue))
      #expect(alone.references == listed.references)
      #expect(alone.parent == listed.parent || alone.parent == nil)
      #expect(alone.labels == listed.labels)
    }
  }

  @Test(arguments: RecordedEngine.names)
  func usageIsReadFromEveryEngine(_ name: String) async throws {
    let stub = try RecordedEngine(name).stub()
    defer { stub.close() }
    let client = try await stub.client()
    let usage = try await client.usage()
    #expect(usage.volumeSizes.count == 3)
    #expect(usage.volumeSizes["vol1"] != nil)
    #expect(usage.buildCache.isEmpty)
    // Containers and images are walked only where the engine cannot leave them out; the old form of
    // the reply is only there for now.
    let isSelective = name.hasPrefix("docker-2") && !name.contains("20.10")
    let types = isSelective ? ["type=volume", "type=build-cache"] : []
    let form = name.hasPrefix("docker-29") ? ["verbose=1"] : []
    #expect(stub.requests.last?.query == (types + form).joined(separator: "&"))
    #expect(usage.writableSizes.isEmpty == isSelective)
    let asked = stub.requests.count
    #expect(try await client.buildCache() == (name.contains("20.10") ? nil : []))
    // The engines that would walk their disk for it are not asked.
    let isAsked = !name.contains("20.10") && !name.hasPrefix("podman")
    #expect(stub.requests.count == asked + (isAsked ? 1 : 0))
  }

  @Test(arguments: RecordedEngine.names.filter { $0.hasPrefix("docker-29") })
  func newAndOldFormOfTheUsageAreReadAlike(_ name: String) throws {
    let records = try RecordedEngine(name).records
    let forms = try ["df", "df-verbose"].map { step in
      let reply = try #require(records[step]).reply
      return try JSONDecoder().decode(UsageReply.self, from: Data(reply.body.utf8))
    }
    #expect(Set(forms[0].volumes.map(\.volume)) == Set(forms[1].volumes.map(\.volume)))
    #expect(forms[0].buildCache == forms[1].buildCache)
  }

  @Test(arguments: RecordedEngine.names)
  func packedSizeIsKeptWhereListsAddWhatIsUnpacked(_ name: String) async throws {
    let images = try await survey(name).images
    let known = images.filter { $0.content != nil }
    #expect(!known.isEmpty)
    for image in known {
      let packed = image.content?.packedSize
      #expect((packed != nil) == name.hasSuffix("containerd"))
      if let packed { #expect(packed > 0 && packed < image.size) }
    }
  }

  private func survey(_ name: String) async throws -> Snapshot {
    let stub = try RecordedEngine(name).stub()
    return try await stub.client().survey(knowing: .nothing, at: Timestamp(seconds: 1)).snapshot
  }
}
