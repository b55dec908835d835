import Inventory
import Plan
import Policy
import ShippedPolicies
import TestSupport
import Testing

private let now = Timestamp(seconds: 1_800_000_000)
private let gigabyte: Int64 = 1_000_000_000

/// An image of one layer, last used that many days ago.
private func image(_ name: String, _ size: Int64, days: Int64, _ tags: [String]? = nil) -> Image {
  let used = now - .seconds(days * 86_400)
  return Image(
    id: ImageID(name), references: tags ?? ["\(name):1"], created: now - .seconds(90 * 86_400),
    size: size,
    content: ImageContent(
      diffs: [name],
      history: [
        HistoryEntry(size: size, fingerprint: name, isMetadataOnly: false, isBuildKit: false)
      ]), firstSeen: now - .seconds(80 * 86_400), lastUsed: used)
}

private func exited(_ name: String, of image: String) -> Container {
  let time = now - .seconds(60 * 86_400)
  return Container(
    id: ContainerID(name), name: name, image: image, imageID: ImageID(image), state: .exited,
    created: time, startedAt: time, finishedAt: time, writableSize: 0)
}

/// The images that a shipped policy removes, lines of it put where its comments say.
private func removed(
  _ name: String, _ images: [Image], _ containers: [Container] = [], free: Int64 = 0,
  of capacity: Int64 = 1_000, with changes: [(String, for: String)] = []
) throws -> [String] {
  var text = AdaptedPolicy(try #require(ShippedPolicies.all.first { $0.name == name }?.text))
  for change in changes { try text.put(change.0, for: change.for) }
  let policy = try RetentionPolicy(reading: text.text, from: name, named: name)
  var host = Snapshot(engine: .sample, takenAt: now, images: images, containers: containers)
  host.space = DiskSpace(capacity: capacity, available: free, free: free)
  let steps = try Planner.plan(host, policy, at: now).steps
  return images.map(\.id).filter { steps.removed.contains(.image($0)) }.map(\.short)
}

/// What docuum's options have become.
struct DocuumOptionsTests {
  private let images = [
    image("a", 3 * gigabyte, days: 10), image("b", 3 * gigabyte, days: 30),
    image("c", 3 * gigabyte, days: 20), image("d", 3 * gigabyte, days: 1),
  ]

  @Test func thresholdIsTenGigabytesAndTheLeastRecentlyUsedGoFirst() throws {
    #expect(try removed("docuum", images) == ["b"])
    #expect(try removed("docuum", Array(images.dropLast())) == [])
  }

  @Test func thresholdCanBeAnother() throws {
    let five = ("max-used-space: 5GB", for: "max-used-space: 10GB")
    #expect(try removed("docuum", images, with: [five]) == ["a", "b", "c"])
    let half = ("max-used-space: 50%", for: "max-used-space: 10GB")
    #expect(try removed("docuum", images, of: 14 * gigabyte, with: [half]) == ["b", "c"])
  }

  @Test func imagesThatAnyContainerUsesStay() throws {
    #expect(try removed("docuum", images, [exited("x", of: "b")]) == ["c"])
  }

  @Test func keep() throws {
    let changes = [
      ("- reference: \"/^postgres:/\"", for: "# - reference: \"/^postgres:/\"")
    ]
    let postgres = image("p", 3 * gigabyte, days: 60, ["other:1", "postgres:17"])
    let likeIt = image("q", 3 * gigabyte, days: 50, ["my-postgres:1"])
    #expect(try removed("docuum", [postgres, likeIt] + images, with: changes) == ["q", "b", "c"])
    #expect(try removed("docuum", [postgres] + images) == ["p", "b"])
  }

  @Test func minAge() throws {
    let changes = [
      ("- unused-for: 4d", for: "- all: true"),
      ("max-used-space: 1GB", for: "max-used-space: 10GB"),
    ]
    #expect(try removed("docuum", images, with: changes) == ["a", "b", "c"])
  }

  @Test func pulledWithinTheHourStaysWhateverThePressure() throws {
    var pulled = image("n", 9 * gigabyte, days: 40)
    (pulled.firstSeen, pulled.lastUsed) = (now - .seconds(60), nil)
    #expect(try removed("docuum", [pulled] + images) == ["a", "b", "c", "d"])
  }
}

/// What the kubelet's settings have become.
struct KubeletOptionsTests {
  private let images = [
    image("a", 40, days: 10), image("b", 40, days: 30), image("c", 40, days: 20),
    image("d", 40, days: 1),
  ]

  @Test func highThresholdIsEightyFivePercent() throws {
    #expect(try removed("kubelet", images, free: 150) == [])
    #expect(try !removed("kubelet", images, free: 149).isEmpty)
  }

  @Test func lowThresholdIsEightyPercentAndTheLeastRecentlyUsedGoFirst() throws {
    #expect(try removed("kubelet", images, free: 149) == ["b", "c"])
    #expect(try removed("kubelet", images, free: 100) == ["a", "b", "c"])
  }

  @Test func thresholdsCanBeOthers() throws {
    let changes = [
      ("min-free-space: 30%", for: "min-free-space: 15%"),
      ("target-free-space: 35%", for: "target-free-space: 20%"),
    ]
    #expect(try removed("kubelet", images, free: 299, with: changes) == ["b", "c"])
    #expect(try removed("kubelet", images, free: 300, with: changes) == [])
  }

  @Test func imageMinimumGCAgeIsTwoMinutesSinceFirstSeen() throws {
    var young = image("y", 40, days: 0, ["y:1"])
    (young.firstSeen, young.lastUsed) = (now - .seconds(119), nil)
    var old = image("o", 40, days: 0, ["o:1"])
    (old.firstSeen, old.lastUsed) = (now - .seconds(120), nil)
    #expect(try removed("kubelet", [young, old]) == ["o"])
  }

  @Test func imagesThatAnyContainerUsesStay() throws {
    #expect(try removed("kubelet", images, [exited("x", of: "b")], free: 149) == ["a", "c"])
  }
}
