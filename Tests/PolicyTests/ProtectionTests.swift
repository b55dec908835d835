import Inventory
import Testing

@testable import Policy

private let everything = """
  stop:
    containers:
      - all: true
  remove:
    containers:
      - all: true
    images:
      - all: true
    build-cache:
      - all: true
  """

private func busy(_ images: [Image], _ activity: Timestamp?) -> Snapshot {
  var host = snapshot(images)
  host.lastImageActivity = activity
  return host
}

private let dangling = "remove:\n  images:\n    - dangling: true\n"

@Test func danglingImageThatIsYoungStaysWhileImagesAreBuiltOrPulled() throws {
  let young = image("a", firstSeen: now - .seconds(200))
  let old = image("b", firstSeen: now - .seconds(400))
  let policy = try policy("grace: 1s\n" + dangling)
  let verdicts = policy.verdicts(
    on: busy([young, old], now - .seconds(60)), at: now, runningIn: nil
  ).images
  #expect(verdicts[young.id]?.reason.code == .activity)
  #expect(verdicts[old.id]?.isRemoval == true)
}

@Test(arguments: [nil, now - .seconds(300)])
func danglingImageGoesOnAQuietHost(_ activity: Timestamp?) throws {
  let young = image("a", firstSeen: now - .seconds(200))
  let verdicts = try policy("grace: 1s\n" + dangling).verdicts(
    on: busy([young], activity), at: now, runningIn: nil)
  #expect(verdicts.images[young.id]?.isRemoval == true)
}

@Test func nothingIsWaitedForWithoutGrace() throws {
  let young = image("a", firstSeen: now - .seconds(200))
  let verdicts = try policy(dangling).verdicts(
    on: busy([young], now - .seconds(60)), at: now, runningIn: nil)
  #expect(verdicts.images[young.id]?.isRemoval == true)
}

@Test func buildCacheThatWasJustUsedStaysWhileImagesAreBuilt() throws {
  var host = Snapshot.with(buildCache: [
    record("new", lastUsed: now - .seconds(100)), record("old", lastUsed: now - .seconds(400)),
  ])
  host.lastImageActivity = now - .seconds(60)
  let verdicts = try policy("grace: 1s\nremove:\n  build-cache:\n    - unused-for: 1s\n")
    .verdicts(on: host, at: now, runningIn: nil).buildCache
  #expect(verdicts["new"]?.reason.code == .activity)
  #expect(verdicts["old"]?.isRemoval == true)
}

@Test func activeSwarmTaskIsNeverStopped() throws {
  let labels = ["com.docker.swarm.task.id": "t", "com.docker.swarm.service.name": "web"]
  let task = container("t", labels: labels, state: .running)
  #expect(try policy(everything).verdict(on: task)?.reason.code == .swarmTask)
  let ended = container("t", labels: labels, state: .exited, finishedAt: now - .seconds(9))
  #expect(try policy(everything).verdict(on: ended)?.isRemoval == true)
}

private let project = ["com.docker.compose.project": "shop"]

/// The container runs from `a`, and the service's next one would run from another image.
@Test(arguments: [
  image("b", ["shop:1"]), image("b", ["shop-web:latest"], labels: project),
  image("abc123", ["other:1"]),
])
func imageOfAProjectStaysAsLongAsAContainerOfItStays(_ needed: Image) throws {
  var member = container(
    "web-1", of: "a",
    labels: project.merging(["com.docker.compose.image": "sha256:abc123"]) { $1 },
    state: .running)
  member.image = "docker.io/library/shop:1"
  let policy = try policy("remove:\n  images:\n    - all: true\n")
  #expect(policy.verdict(on: needed, [member])?.reason.code == .projectNeeds)
  #expect(policy.verdict(on: needed)?.isRemoval == true, "no container of it is left")
  #expect(policy.verdict(on: image("z", ["z:1"]), [member])?.isRemoval == true)
  let swept = try RetentionPolicy(
    reading: "version: 1\ngrace: 0s\n" + everything, from: "t", named: "t")
  #expect(swept.verdict(on: needed, [member])?.isRemoval == true, "the container goes too")
}

@Test func imageThatASwarmServiceNamesStays() throws {
  var task = container("web.1", of: "a", labels: ["com.docker.swarm.service.name": "web"])
  task.image = "nginx:1@sha256:feed"
  let next = image("b", ["nginx:2"], digests: ["nginx@sha256:feed"])
  let policy = try policy("remove:\n  images:\n    - all: true\n")
  #expect(policy.verdict(on: next, [task])?.reason.code == .projectNeeds)
}

@Test func changesOfNewReasonsAreSaid() throws {
  let young = image("a", firstSeen: now - .seconds(200))
  let weighing = try policy("grace: 1s\n" + dangling).weighing(
    of: .image(young.id), on: busy([young], now - .seconds(60)), at: now, runningIn: nil)
  #expect(weighing?.changes.first?.hasSuffix("remove (remove.images[0])") == true)
}
