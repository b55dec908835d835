import Foundation
import Inventory
import ShippedPolicies
import TestSupport
import Testing

@testable import Policy

/// A shipped policy with lines put where its comments say.
private func shipped(_ name: String, _ changes: [(String, for: String)] = []) throws
  -> RetentionPolicy
{
  let text = try #require(ShippedPolicies.all.first { $0.name == name }?.text)
  var policy = AdaptedPolicy(text)
  for change in changes { try policy.put(change.0, for: change.for) }
  return try RetentionPolicy(reading: policy.text, from: name, named: name)
}

/// An image that was built and tagged at one time.
private func built(
  _ name: String, _ age: String, _ references: [String]? = nil, labels: [String: String] = [:]
) throws -> Image {
  image(
    name, references ?? ["\(name):1"], created: try ago(age), labels: labels,
    lastTagged: try ago(age), firstSeen: try ago(age))
}

/// A container that ended at one time.
private func ended(
  _ name: String, _ age: String, of image: String = "none", labels: [String: String] = [:],
  state: ContainerState = .exited
) throws -> Container {
  let time = try ago(age)
  return container(
    name, of: image, labels: labels, state: state, created: time, startedAt: time,
    finishedAt: time)
}

private let anonymousName = String(repeating: "a", count: 64)

extension RetentionPolicy {
  fileprivate func removed(_ volumes: [Volume], _ containers: [Container] = []) -> [String] {
    let verdicts = verdicts(
      on: .with(containers, volumes: volumes), at: now, runningIn: nil
    ).volumes
    return volumes.map(\.name).filter { verdicts[$0]?.isRemoval == true }
  }
}

private func volume(_ name: String, driver: String = "local") throws -> Volume {
  Volume(name: name, driver: driver, created: try ago("2d"), firstSeen: try ago("2d"))
}

@Suite struct DockerGCOptions {
  @Test func gracePeriodIsAnHourForContainers() throws {
    let containers = [try ended("young", "59m"), try ended("old", "1h")]
    #expect(try shipped("docker-gc").removed(containers) == ["old"])
  }

  @Test func gracePeriodIsAnHourForImages() throws {
    let images = [try built("young", "59m"), try built("old", "61m")]
    #expect(try shipped("docker-gc").removed(images) == ["old"])
  }

  @Test func gracePeriodCanBeAnother() throws {
    let policy = try shipped(
      "docker-gc",
      [
        ("grace: 1d", for: "grace: 1h"), ("stopped-for: 1d", for: "stopped-for: 1h"),
        ("created-before: 1d", for: "created-before: 1h"),
      ])
    let containers = [try ended("a", "23h"), try ended("b", "1d")]
    #expect(policy.removed(containers) == ["b"])
    let images = [try built("a", "23h"), try built("b", "25h")]
    #expect(policy.removed(images) == ["b"])
  }

  @Test func activeContainersStayAndDeadOnesGo() throws {
    let states: [ContainerState] = [.running, .paused, .restarting, .exited, .dead, .created]
    let containers = try states.map { try ended($0.word, "2d", state: $0) }
    #expect(try shipped("docker-gc").removed(containers) == ["exited", "dead", "created"])
  }

  @Test func imagesOfContainersThatStayStay() throws {
    let images = [try built("a", "2d"), try built("b", "2d"), try built("c", "2d")]
    let containers = [try ended("young", "1m", of: "a"), try ended("old", "2d", of: "b")]
    #expect(try shipped("docker-gc").removed(images, containers) == ["b", "c"])
  }

  @Test func pulledWithinTheHourStaysThoughBuiltLongAgo() throws {
    let pulled = image("a", ["a:1"], created: try ago("90d"), firstSeen: try ago("5m"))
    #expect(try shipped("docker-gc").removed([pulled]) == [])
    let policy = try shipped("docker-gc", [("grace: 0s", for: "grace: 1h")])
    #expect(policy.removed([pulled]) == ["a"])
  }

  @Test func excludeDead() throws {
    let policy = try shipped(
      "docker-gc", [("status: [exited, created]", for: "status: [exited, dead, created]")])
    let containers = [try ended("a", "2d", state: .dead), try ended("b", "2d")]
    #expect(policy.removed(containers) == ["b"])
  }

  @Test func excludeFromGC() throws {
    let policy = try shipped(
      "docker-gc", [("- reference: [\"registry", for: "# - reference: [\"registry")])
    let images = [
      try built("a", "2d", ["registry.example.com/base:latest", "a:1"]),
      try built("b", "2d", ["registry.example.com/base:2"]), try built("c", "2d", ["redis:7"]),
    ]
    #expect(policy.removed(images) == ["b"])
    #expect(try shipped("docker-gc").removed(images) == ["a", "b", "c"])
  }

  @Test func excludeContainersFromGC() throws {
    let policy = try shipped("docker-gc", [("- name: [\"*m", for: "# - name: [\"*m")])
    let containers = [
      try ended("app-mariadb-data-1", "2d"), try ended("drunk_goodall", "2d"),
      try ended("other", "2d"),
    ]
    #expect(policy.removed(containers) == ["other"])
    #expect(try shipped("docker-gc").removed(containers).count == 3)
  }

  @Test func minimumImagesToSave() throws {
    let images = [
      try built("a", "4d", ["app:1"]), try built("b", "3d", ["app:2"]),
      try built("c", "2d", ["app:3"]), try built("d", "9d", ["other:1"]),
      try built("e", "2d", []),
    ]
    #expect(try shipped("docker-gc").removed(images) == ["a", "b", "c", "d", "e"])
    let one = try shipped("docker-gc", [("- newest: 1", for: "# - newest: 1")])
    #expect(one.removed(images) == ["a", "b", "e"])
    let two = try shipped("docker-gc", [("- newest: 2", for: "# - newest: 1")])
    #expect(two.removed(images) == ["a", "e"])
  }

  @Test func removeVolumesIsOffUntilItIsTakenIn() throws {
    let volumes = [
      try volume(anonymousName), try volume("data"), try volume("used"), try volume("kept"),
      try volume("nfs", driver: "netshare"),
    ]
    let containers = [container("c", state: .running, volumes: ["used"])]
    #expect(try !shipped("docker-gc").removesVolumes)
    let on = (
      "volumes:\n    - name: \"*\"\n      driver: local",
      for: "# volumes:\n  #   - name: \"*\"\n  #     driver: local"
    )
    #expect(
      try shipped("docker-gc", [on]).removed(volumes, containers) == [
        anonymousName, "data", "kept",
      ])
    let excluded = ("volumes:\n    - name: \"k*\"", for: "# volumes:\n  #   - name: \"data-*\"")
    #expect(
      try shipped("docker-gc", [on, excluded]).removed(volumes, containers) == [
        anonymousName, "data",
      ])
    let anyDriver = (
      "volumes:\n    - name: \"*\"",
      for: "# volumes:\n  #   - name: \"*\"\n  #     driver: local"
    )
    #expect(
      try shipped("docker-gc", [anyDriver]).removed(volumes, containers)
        == [anonymousName, "data", "kept", "nfs"])
  }

  @Test func imagesWithTagsInSeveralRepositoriesGoWithoutForce() throws {
    let images = [try built("a", "2d", ["a:1", "mirror/a:1", "a:latest"])]
    #expect(try shipped("docker-gc").removed(images) == ["a"])
  }
}

@Suite struct DockerCustodianOptions {
  private func custodian(_ changes: [(String, for: String)] = []) throws -> RetentionPolicy {
    try shipped("docker-custodian", changes)
  }

  @Test func maxContainerAgeCountsFromTheEndAndFromCreationWhereItNeverStarted() throws {
    var longAgo = try ended("started long ago", "2d23h")
    longAgo.startedAt = try ago("90d")
    let containers = [
      longAgo, try ended("old", "3d"), container("made", state: .created, created: try ago("3d")),
      container("just made", state: .created, created: try ago("2d")),
      try ended("dead", "3d", state: .dead), try ended("running", "9d", state: .running),
      try ended("paused", "9d", state: .paused), try ended("restarting", "9d", state: .restarting),
    ]
    #expect(try custodian().removed(containers) == ["old", "made", "dead"])
  }

  @Test func maxImageAgeCountsFromTheBuildDateAndSparesWhatIsUsed() throws {
    let images = [
      try built("young", "29d"), try built("old", "31d"), try built("used", "90d"),
      image("dateless", ["a:1"], lastTagged: try ago("90d"), firstSeen: try ago("90d")),
    ]
    #expect(try custodian().removed(images, [try ended("c", "1d", of: "used")]) == ["old"])
    #expect(try custodian().removed(images, [try ended("c", "3d", of: "used")]) == ["old", "used"])
  }

  @Test func excludeContainerLabelKeepsTheContainerAndItsImage() throws {
    let images = [try built("a", "90d"), try built("b", "90d")]
    let containers = [
      try ended("red", "9d", of: "a", labels: ["team": "red"]),
      try ended("blue", "9d", of: "b", labels: ["team": "blue"]),
    ]
    let value = try custodian([("- label: team=red", for: "# - label: team=red")])
    #expect(value.removed(containers) == ["blue"])
    #expect(value.removed(images, containers) == ["b"])
    let key = try custodian([("- label: team", for: "# - label: team=red")])
    #expect(key.removed(containers) == [])
  }

  @Test func excludeImageKeepsTheImageWithAllItsTags() throws {
    let images = [
      try built("a", "90d", ["other:1", "team/base:3"]), try built("b", "90d", ["team/base-2:1"]),
      try built("c", "90d", []),
    ]
    let policy = try custodian(
      [("- reference: \"team/base:*\"", for: "# - reference: \"team/base:*\"")])
    #expect(policy.removed(images) == ["b", "c"])
    #expect(try custodian().removed(images) == ["a", "b", "c"])
  }

  @Test func danglingVolumesAreOffUntilTheyAreTakenIn() throws {
    let volumes = [
      try volume(anonymousName), try volume("data"), try volume("used"), try volume("freed"),
      try volume("nfs", driver: "netshare"),
    ]
    let containers = [
      container("c", state: .exited, finishedAt: try ago("1d"), volumes: ["used"]),
      container("d", state: .exited, finishedAt: try ago("3d"), volumes: ["freed"]),
    ]
    #expect(try !custodian().removesVolumes)
    let policy = try custodian(
      [("volumes:\n    - name: \"*\"", for: "# volumes:\n  #   - name: \"*\"")])
    #expect(policy.removed(volumes, containers) == [anonymousName, "data", "freed", "nfs"])
  }
}

@Suite struct ComingFromGuide {
  private func page() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/coming-from.md"), encoding: .utf8)
  }

  @Test func everyExampleReads() throws {
    let examples = try page().components(separatedBy: "```yaml\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(!examples.isEmpty)
    for example in examples {
      _ = try RetentionPolicy(reading: example, from: "coming-from.md", named: "example")
    }
  }

  @Test(arguments: [
    (
      "docker-gc",
      [
        "GRACE_PERIOD_SECONDS", "EXCLUDE_FROM_GC", "EXCLUDE_CONTAINERS_FROM_GC",
        "EXCLUDE_VOLUMES_IDS_FILE", "MINIMUM_IMAGES_TO_SAVE", "EXCLUDE_DEAD", "REMOVE_VOLUMES",
        "VOLUME_DELETE_ONLY_DRIVER",
      ]
    ),
    (
      "docker-custodian",
      [
        "--max-container-age", "--max-image-age", "--dangling-volumes", "--exclude-image",
        "--exclude-image-file", "--exclude-container-label",
      ]
    ),
    ("docuum", ["--threshold", "--keep", "--min-age"]),
    (
      "kubelet",
      ["imageGCHighThresholdPercent", "imageGCLowThresholdPercent", "imageMinimumGCAge"]
    ),
  ])
  func optionsStandInThePolicyAndInTheGuide(name: String, options: [String]) throws {
    let text = try #require(ShippedPolicies.all.first { $0.name == name }?.text)
    let page = try page()
    for option in options {
      #expect(text.contains(option), "\(name).yaml does not name \(option)")
      #expect(page.contains(option), "coming-from.md does not name \(option)")
    }
  }
}
