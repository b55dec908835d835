import Foundation
import Inventory
import Testing

@testable import Engine

/// Replies that engines and their relatives really send, one oddity each.
@Suite struct OddRepliesTests {
  @Test(arguments: [
    #"{"Id":"a","RepoTags":null,"RepoDigests":null}"#,
    #"{"Id":"a","RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"]}"#,
    #"{"Id":"a","RepoTags":[],"RepoDigests":[]}"#, #"{"Id":"a"}"#,
  ])
  func imageWithoutANameHasNoReferences(_ json: String) throws {
    let image = try read(ImageSummary.self, json).image
    #expect(image.id == ImageID("sha256:a"))
    #expect(image.references.isEmpty)
    #expect(image.digests.isEmpty)
    #expect(image.parent == nil)
  }

  @Test func digestAmongTheTagsIsADigest() throws {
    let image = try read(
      ImageSummary.self, #"{"Id":"a","RepoTags":["b@sha256:1"],"RepoDigests":["b@sha256:1"]}"#
    ).image
    #expect(image.references.isEmpty)
    #expect(image.digests == ["b@sha256:1"])
  }

  @Test(arguments: ["0", "-1", "-62135596800", "null"])
  func imageWithoutADateHasNone(_ created: String) throws {
    #expect(try read(ImageSummary.self, #"{"Id":"a","Created":\#(created)}"#).image.created == nil)
  }

  @Test(arguments: [
    #""Created":"0001-01-01T00:00:00Z""#, #""Created":"1970-01-01T00:00:00Z""#, #""Created":"""#,
    #""Comment":"""#,
  ])
  func inspectedImageWithoutADateHasNone(_ field: String) throws {
    let details = try read(
      ImageDetails.self, #"{"Id":"a",\#(field),"Metadata":{"LastTagTime":"0001-01-01T00:00:00Z"}}"#)
    #expect(details.image.created == nil)
    #expect(details.lastTagged == nil)
  }

  @Test func imageWithoutAnIdIsAnError() {
    let reply = Reply(status: 200, headers: [:], body: Data(#"[{"RepoTags":["a:1"]}]"#.utf8))
    #expect {
      try reply.decode([ImageSummary].self, of: "GET /images/json")
    } throws: { error in
      error.isBrokenReply && "\(error)".contains("'Id'") && "\(error)".contains("GET /images/json")
    }
  }

  @Test(arguments: [
    ("/bin/sh -c #(nop)  CMD [\"sh\"]", "", 0, true),
    ("/bin/sh -c #(nop) ENV A=1", "", 0, true),
    ("/bin/sh -c #(nop)  ENV A=1", "", 5, false),
    ("/bin/sh -c #(nop) WORKDIR /a", "", 0, false),
    ("/bin/sh -c #(nop) ADD file:e77f in /", "", 0, false),
    ("/bin/sh -c #(nop) COPY dir:1 in /", "", 0, false),
    ("/bin/sh -c touch /a", "", 0, false),
    ("ENV A=1", "buildkit.dockerfile.v0", 0, true),
    ("HEALTHCHECK &{[\"CMD\"]}", "buildkit.dockerfile.v0", 0, true),
    ("WORKDIR /a", "buildkit.dockerfile.v0", 0, false),
    ("RUN /bin/sh -c true # buildkit", "buildkit.dockerfile.v0", 0, false),
    ("ENV A=1", "", 0, false), ("", "", 0, false), ("#(nop)", "", 0, false),
  ])
  func onlyInstructionsThatNeverMakeALayerAreMetadata(
    _ text: String, _ comment: String, _ size: Int, _ expected: Bool
  ) throws {
    let object: [String: Any] = ["CreatedBy": text, "Comment": comment, "Size": size]
    let data = try JSONSerialization.data(withJSONObject: object)
    let entry = try JSONDecoder().decode(HistoryLine.self, from: data).entry
    #expect(entry.isMetadataOnly == expected)
    #expect(entry.isBuildKit == !comment.isEmpty)
  }

  @Test func fingerprintTellsTextAndDateApart() throws {
    let lines = [#"{"CreatedBy":"a","Created":1}"#, #"{"CreatedBy":"a","Created":2}"#, "{}"]
    let prints = try lines.map { try read(HistoryLine.self, $0).entry.fingerprint }
    #expect(Set(prints).count == 3)
    #expect(prints[0] == SHA256.hex("a\0" + "1").prefix(16))
  }

  @Test func nullIsAListOnlyWhereEnginesSendIt() throws {
    let null = Reply(status: 200, headers: [:], body: Data("null".utf8))
    #expect(try null.decode([HistoryLine]?.self, of: "") == nil)
    #expect(throws: EngineError.self) { try null.decode([ContainerSummary].self, of: "") }
    #expect(try read(VolumeList.self, #"{"Volumes":null,"Warnings":null}"#).Volumes == nil)
  }

  @Test(arguments: [
    (#"["/web"]"#, "web"), (#"["/front/db","/db"]"#, "db"), ("null", ""), ("[]", ""),
    (#"["plain"]"#, "plain"),
  ])
  func containersOwnNameIsTheOneWithoutALink(_ names: String, _ name: String) throws {
    #expect(
      try read(ContainerSummary.self, #"{"Id":"a","Names":\#(names)}"#).container.name == name)
  }

  @Test func stateThatNoEngineKnowsCountsAsActive() throws {
    for json in [#"{"Id":"a","State":"stopped"}"#, #"{"Id":"a"}"#] {
      #expect(try read(ContainerSummary.self, json).container.state.isActive)
    }
  }

  @Test func missingSizeIsZeroOnlyWhereItWasAsked() throws {
    let details = try read(ContainerDetails.self, #"{"Id":"a","State":{"Status":"exited"}}"#)
    #expect(details.container(sized: true).writableSize == 0)
    #expect(details.container(sized: false).writableSize == nil)
  }

  /// Some engines send -1 where their storage driver could not measure.
  @Test func sizeThatTheEngineDoesNotKnowIsUnknown() throws {
    let details = try read(
      ContainerDetails.self,
      #"""
      {"Id":"a","State":{"Status":"exited"},"SizeRw":-1,"SizeRootFs":-1,
       "RestartCount":9223372036854775807}
      """#)
    #expect(details.container(sized: true).writableSize == nil)
    #expect(details.container(sized: true).rootSize == nil)
    #expect(details.container(sized: true).restartCount == Int(Int32.max))
  }

  @Test func onlyVolumesAmongTheMountsAreVolumes() throws {
    let json = #"""
      {"Id":"a","Mounts":[{"Type":"bind","Source":"/x"},{"Type":"volume","Name":"v2"},
      {"Name":"v1"},{"Type":"tmpfs","Name":""}],"NetworkSettings":{"Networks":{"b":null,"a":{}}}}
      """#
    let container = try read(ContainerSummary.self, json).container
    #expect(container.volumes == ["v1", "v2"])
    #expect(container.networks == ["a", "b"])
  }

  @Test func cacheRecordLeavesOutWhatIsFalse() throws {
    let reply = try read(
      UsageReply.self,
      #"{"Volumes":[{"Name":"v","UsageData":{"Size":-1,"RefCount":-1}}],"BuildCache":[{"ID":"r","Type":"regular","Size":9,"Shared":true}]}"#
    )
    #expect(reply.volumes.map(\.size) == [nil])
    #expect(
      reply.buildCache == [BuildCacheRecord(id: "r", type: "regular", isShared: true, size: 9)])
  }

  @Test(arguments: [
    (#""Parent":"a","Size":9"#, ["a"]), (#""Parent":"""#, []),
    (#""Parents":["b","a"]"#, ["a", "b"]),
    (#"" Parents":["a","b"]"#, ["a", "b"]), (#""Parent":"a"," Parents":["a"]"#, ["a"]),
    (#""Parents":null"#, []), (#""Size":9"#, []),
  ])
  func parentsOfACacheRecordAreReadByAnyName(_ field: String, _ parents: [String]) throws {
    for form in [#"{"BuildCache":[%]}"#, #"{"BuildCacheUsage":{"TotalCount":1,"Items":[%]}}"#] {
      let json = form.replacing("%", with: #"{"ID":"r",\#(field)}"#)
      #expect(try read(UsageReply.self, json).buildCache.map(\.parents) == [parents])
    }
  }

  @Test(arguments: ["{}", #"{"BuildCache":null,"BuildCacheUsage":{}}"#, #"{"BuildCacheUsage":{}}"#])
  func emptyUsageIsLeftOut(_ json: String) throws {
    let reply = try read(UsageReply.self, json)
    #expect(reply.buildCache.isEmpty && reply.volumes.isEmpty)
  }

  private func read<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
  }
}
