import Foundation
import Inventory
import Plan
import Testing

/// Where a plan is saved to or read from can be something else than a regular file.
final class PlanDestinationTests {
  private let directory = NSTemporaryDirectory() + "balai-plan-" + UUID().uuidString
  private let plan = RemovalPlan(
    engine: .sample, policy: PolicyReference(name: "p", digest: "d"),
    createdAt: Timestamp(seconds: 1_795_489_586), stopTimeout: nil, steps: [], kept: [], notes: [])

  init() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private func status(of name: String) -> stat {
    var status = stat()
    _ = lstat("\(directory)/\(name)", &status)
    return status
  }

  private func kind(of name: String) -> mode_t { status(of: name).st_mode & S_IFMT }

  private var names: Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
  }

  @Test func namedPipeGetsThePlanAndStaysOne() throws {
    let path = directory + "/pipe"
    try #require(mkfifo(path, 0o600) == 0)
    // Open for both: then neither end waits for the other.
    let pipe = open(path, O_RDWR | O_NONBLOCK)
    try #require(pipe >= 0)
    defer { close(pipe) }
    try plan.save(to: path)
    #expect(kind(of: "pipe") == S_IFIFO)
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(pipe, &bytes, bytes.count)
    #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).hasSuffix("}\n"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make a device"))
  func deviceGetsThePlanAndStaysOne() throws {
    // As /dev/null and /dev/full, which no test should bring into danger.
    try #require(mknod(directory + "/null", S_IFCHR | 0o600, 0x103) == 0)
    try #require(mknod(directory + "/full", S_IFCHR | 0o600, 0x107) == 0)
    try plan.save(to: directory + "/null")
    #expect(
      throws: PlanError.unwritable(
        file: directory + "/full", reason: "no space left on device")
    ) {
      try plan.save(to: directory + "/full")
    }
    #expect(kind(of: "null") == S_IFCHR && kind(of: "full") == S_IFCHR)
  }

  @Test(arguments: ["there.json", "not-there.json"])
  func linkStaysOneAndItsTargetIsReplaced(target: String) throws {
    try Data("old".utf8).write(to: URL(fileURLWithPath: directory + "/there.json"))
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/second", withDestinationPath: target)
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/first", withDestinationPath: directory + "/second")
    try plan.save(to: directory + "/first")
    #expect(kind(of: "first") == S_IFLNK && kind(of: "second") == S_IFLNK)
    #expect(try RemovalPlan(readingFile: "\(directory)/\(target)") == plan)
    #expect(names == ["there.json", "first", "second", target])
  }

  @Test func linksInACircleAreAnError() throws {
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/a", withDestinationPath: "b")
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/b", withDestinationPath: "a")
    #expect(throws: PlanError.self) { try plan.save(to: directory + "/a") }
    #expect(names == ["a", "b"])
  }

  @Test func regularFileIsReplacedInOneStepAndKeepsItsMode() throws {
    let path = directory + "/plan.json"
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o640)
    let before = status(of: "plan.json")
    try plan.save(to: path)
    #expect(status(of: "plan.json").st_ino != before.st_ino)
    #expect(status(of: "plan.json").st_mode == before.st_mode)
    #expect(try RemovalPlan(readingFile: path) == plan)
    #expect(names == ["plan.json"])
  }

  @Test func openDescriptorIsWrittenWhereItStands() throws {
    let path = directory + "/output"
    let output = open(path, O_RDWR | O_CREAT, 0o600)
    try #require(output >= 0)
    defer { close(output) }
    _ = write(output, "before\n", 7)
    try plan.save(to: "/dev/fd/\(output)")
    _ = write(output, "after\n", 6)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasPrefix("before\n{") && text.hasSuffix("}\nafter\n"))
  }

  @Test func descriptorThatWasNotHandedDownIsNotTouched() throws {
    let path = directory + "/index.db"
    let own = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    try #require(own >= 0)
    defer { close(own) }
    #expect(throws: PlanError.self) { try plan.save(to: "/dev/fd/\(own)") }
    #expect(status(of: "index.db").st_size == 0)
  }

  @Test func planIsReadFromAPipe() throws {
    try plan.save(to: directory + "/plan.json")
    let text = try Data(contentsOf: URL(fileURLWithPath: directory + "/plan.json"))
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    #expect(text.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) } == text.count)
    close(ends[1])
    #expect(try RemovalPlan(readingFile: "/dev/fd/\(ends[0])") == plan)
  }
}
