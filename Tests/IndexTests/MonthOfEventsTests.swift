import Inventory
import Testing

@testable import Engine
@testable import Index

/// Last uses that are recorded, beside those that were: a month on a busy host, hour by hour, with
/// engines that are started again and days on which nobody looked.
struct MonthOfEventsTests {
  @Test(arguments: UInt64(1)...6)
  func recordedLastUsesAreNeverOlderThanTheTruth(seed: UInt64) throws {
    let index = try HostIndex.inMemory()
    var host = BusyHost(seed: seed)
    var random = SeededRandom(seed: seed ^ 0xface)
    var (looks, gaps, exact, raised) = (0, 0, 0, 0)
    for _ in 0..<30 * 24 {
      var actions = Int.random(in: 0..<6, using: &random)
      if Int.random(in: 0..<40, using: &random) == 0 { actions += 250 }
      for _ in 0..<actions {
        if Int.random(in: 0..<150, using: &random) == 0 { host.restart() }
        host.act()
      }
      host.pass(.seconds(3_600))
      // Nobody looks for a day.
      if Int.random(in: 0..<90, using: &random) == 0 { gaps = 24 }
      gaps -= 1
      if gaps > 0 { continue }
      looks += 1
      let survey = try look(at: host, knowing: index)
      let images = try index.record(survey).images
      let truth = host.trueUses
      for image in images {
        guard let use = truth[image.id] else { continue }
        let touched = try #require(image.touched)
        #expect(touched >= use, "\(image.references) of seed \(seed)")
        if image.lastUsed == use { exact += 1 } else { raised += 1 }
      }
    }
    #expect(looks > 300 && host.restarts > 0)
    #expect(exact > 200 && raised > 200, "\(exact) \(raised)")
  }

  /// Who follows the events misses nothing, so nothing looks newer than it is either, but what ran when
  /// an engine ended.
  @Test(arguments: UInt64(1)...3)
  func followedUsesAreTheTruth(seed: UInt64) throws {
    let index = try HostIndex.inMemory()
    var host = BusyHost(seed: seed)
    var random = SeededRandom(seed: seed ^ 0xface)
    _ = try index.record(try look(at: host, knowing: index))
    host.followed = []
    var checked = 0
    for _ in 0..<600 {
      if Int.random(in: 0..<150, using: &random) == 0 {
        host.restart()
        let uses = ObservedUses(host.followed, missed: nil)
        try index.record(uses, of: makeEngine())
        if let last = host.followed.last { try index.advance(to: last.mark, of: makeEngine()) }
        host.followed = []
        _ = try index.record(try look(at: host, knowing: index, isWatched: true))
      }
      host.act()
      let changes = Changes(followed: host.followed)
      host.followed = []
      let mark = try index.remembered(of: makeEngine()).lastEvent
      let survey = Survey(
        snapshot: host.snapshot, lastEvent: changes.newest ?? mark, uses: changes.uses)
      let truth = host.trueUses
      for image in try index.record(survey).images {
        guard let use = truth[image.id], let recorded = image.lastUsed else { continue }
        #expect(try #require(image.touched) >= use)
        #expect(recorded - use < .seconds(60), "\(image.references) of seed \(seed)")
        checked += 1
      }
      if Int.random(in: 0..<20, using: &random) == 0 { host.pass(.seconds(3_600)) }
    }
    #expect(checked > 1_000 && host.restarts > 0)
  }

  /// An engine that nothing happens on misses nothing, though its memory is empty.
  @Test func idleEngineMakesNothingLookNewer() throws {
    let index = try HostIndex.inMemory()
    var host = BusyHost(seed: 3)
    for _ in 0..<20 { host.act() }
    host.restart()
    let first = try index.record(try look(at: host, knowing: index)).images.map(\.lastUsed)
    for _ in 0..<5 {
      host.pass(.seconds(3_600))
      let survey = try look(at: host, knowing: index)
      #expect(survey.lastEvent == nil && survey.uses.missed == nil)
      #expect(try index.record(survey).images.map(\.lastUsed) == first)
    }
    host.restart()
    let survey = try look(at: host, knowing: index)
    #expect(survey.uses.missed != nil, "it was started again meanwhile")
  }

  private func look(
    at host: BusyHost, knowing index: HostIndex, isWatched: Bool = false
  ) throws -> Survey {
    let known = try index.remembered(of: makeEngine())
    let snapshot = host.snapshot
    let since = known.lastEvent?.nanoseconds ?? 0
    let coverage = Coverage(
      isSurveyed: known.isSurveyed, mark: known.lastEvent,
      isSameRun: known.bridge == snapshot.networks.first?.id, isWatched: isWatched,
      now: snapshot.takenAt)
    let changes = Changes(
      events: host.ring.filter { $0.timeNano >= since }, after: known.lastEvent,
      coverage: coverage)
    return Survey(snapshot: snapshot, lastEvent: changes.newest, uses: changes.uses)
  }
}

extension Image {
  fileprivate var touched: Timestamp? {
    [lastUsed, lastTagged, firstSeen].compactMap(\.self).max()
  }
}
