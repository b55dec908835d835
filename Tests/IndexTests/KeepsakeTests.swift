import GRDB
import Inventory
import Testing

@testable import Index

struct KeepsakeTests {
  let index: HostIndex

  init() throws { index = try HostIndex.inMemory() }

  private func copy(_ name: String, expiresAt: Timestamp?) -> ArchivedCopy {
    ArchivedCopy(
      file: "/archive/\(name)", size: 7, digest: SHA256.hex(name), image: imageID(1),
      savedAt: start, expiresAt: expiresAt)
  }

  private func keep(_ copies: [ArchivedCopy]) throws {
    let run = try index.beginRun(makeRun(steps: copies.count))
    for (step, copy) in copies.enumerated() {
      try index.intend(run: run, step: step, at: start, keeping: Keepsake(archive: copy))
    }
  }

  @Test func keepsakesAreReadBackAsTheyWereWritten() throws {
    var run = makeRun(steps: 4)
    run.end = .deadline
    run.undoes = 12
    let words: [Restorability?] = [nil, .restorable, .archived, .lost(.writableLayer)]
    for (step, word) in words.enumerated() { run.steps[step].restorability = word }
    let kept = [
      0: Keepsake(description: #"{"Env":["A=é\n"]}"#),
      1: Keepsake(
        references: ["app:1", "b/ä:2"], digests: ["app@sha256:1"], platform: "linux/arm64/v8"),
      3: Keepsake(archive: copy("a", expiresAt: nil)),
    ]
    run.id = try index.beginRun(run)
    for (step, keepsake) in kept {
      try index.intend(run: run.id, step: step, at: hour(step), keeping: keepsake)
      run.steps[step].intendedAt = hour(step)
    }
    #expect(try index.run(run.id) == run)
    #expect(try index.keepsakes(ofRun: run.id) == kept)
    #expect(try index.keepsakes(ofRun: run.id + 1).isEmpty)

    let late = try index.beginRun(run, keeping: kept)
    #expect(try index.keepsakes(ofRun: late) == kept, "of a run that is written when it has ended")
    for word in Restorability.Loss.allCases {
      #expect(Restorability(word: Restorability.lost(word).word) == .lost(word))
    }
  }

  @Test func intentAndKeepsakeAreWrittenBothOrNeither() throws {
    let run = try index.beginRun(makeRun(steps: 1))
    try index.writing { db in
      try db.execute(
        sql: """
          CREATE TEMP TRIGGER refuse BEFORE INSERT ON keepsake
          BEGIN SELECT RAISE (ABORT, 'refused'); END
          """)
    }
    let error = indexError { () throws(IndexError) in
      try index.intend(run: run, step: 0, at: start, keeping: Keepsake())
    }
    #expect(error != nil)
    #expect(try index.run(run)?.steps[0].intendedAt == nil)
    let unplanned = indexError { () throws(IndexError) in
      try index.intend(run: run, step: 1, at: start, keeping: Keepsake())
    }
    #expect(unplanned == .noSuchStep(path: HostIndex.nowhere, run: run, step: 1))
  }

  @Test func copyExpiresWithTheLastThatNamesIt() throws {
    try keep([
      copy("first", expiresAt: hour(1)), copy("second", expiresAt: hour(2)),
      copy("both", expiresAt: hour(1)), copy("for good", expiresAt: hour(1)),
    ])
    try keep([copy("both", expiresAt: hour(3)), copy("for good", expiresAt: nil)])
    func expired(_ time: Timestamp) throws -> [String] {
      try index.archivedCopies(expiredAt: time).map { String($0.file.dropFirst(9)) }
    }
    #expect(try expired(start).isEmpty)
    #expect(try expired(hour(1)) == ["first"])
    #expect(try expired(hour(2)) == ["first", "second"])
    #expect(try expired(hour(99)) == ["both", "first", "second"])
    let all = try index.archivedCopies()
    #expect(all.map(\.file) == ["both", "first", "for good", "second"].map { "/archive/" + $0 })
    #expect(all.map(\.expiresAt) == [hour(3), hour(1), nil, hour(2)])
  }

  /// The one that expires last need not be the one that was made last.
  @Test func copyHasTheDateOfItsLastRecord() throws {
    try keep([copy("both", expiresAt: hour(9))])
    let late = ArchivedCopy(
      file: "/archive/both", size: 10, digest: copy("both", expiresAt: nil).digest, image: nil,
      savedAt: hour(2), expiresAt: hour(3))
    try keep([late])
    let found = try index.archivedCopies(expiredAt: hour(9))
    #expect(found.map(\.savedAt) == [hour(2)] && found.map(\.expiresAt) == [hour(9)])
  }

  @Test func descriptionsOfOldRunsAreForgottenUnlessACopyIsKept() throws {
    let described = Keepsake(description: "{\"Env\":[\"A=secret\"]}")
    let image = Keepsake(references: ["a:1"], digests: ["a@sha256:1"])
    let saved = Keepsake(description: "{}", archive: copy("kept", expiresAt: nil))
    func keep(_ keepsakes: [Keepsake]) throws -> Int64 {
      let run = try index.beginRun(makeRun(steps: keepsakes.count))
      for (step, keepsake) in keepsakes.enumerated() {
        try index.intend(run: run, step: step, at: start, keeping: keepsake)
      }
      return run
    }
    let bare = try keep([described, image])
    let withCopy = try keep([described, saved])
    try index.forgetDescriptions(ofRunsBefore: start)
    #expect(try index.keepsakes(ofRun: bare) == [0: described, 1: image])
    try index.forgetDescriptions(ofRunsBefore: start + .seconds(1))
    #expect(try index.keepsakes(ofRun: bare) == [0: Keepsake(), 1: image])
    #expect(try index.keepsakes(ofRun: withCopy) == [0: described, 1: saved])
  }

  @Test func copyThatIsForgottenLeavesTheRestOfItsKeepsakes() throws {
    let (gone, stays) = (copy("gone", expiresAt: hour(1)), copy("stays", expiresAt: hour(1)))
    let run = try index.beginRun(makeRun(steps: 2))
    let keepsake = Keepsake(references: ["a:1"], archive: gone)
    try index.intend(run: run, step: 0, at: start, keeping: keepsake)
    try index.intend(run: run, step: 1, at: start, keeping: Keepsake(archive: stays))
    try keep([gone])
    try index.forget(gone)
    #expect(try index.archivedCopies() == [stays])
    #expect(try index.keepsakes(ofRun: run)[0] == Keepsake(references: ["a:1"]))
    #expect(try index.keepsakes(ofRun: run)[1]?.archive == stays)
  }
}
