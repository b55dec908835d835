import Foundation

/// A registry on this machine's loopback, for images that have digests because they were pushed and
/// pulled. It lives in an engine's directory and ends with the engine.
package struct RealRegistry: Sendable {
  /// `127.0.0.1:PORT`, to be put before an image's name.
  package let address: String
  private let process: Int32

  /// Ends it; nobody answers there any more when this returns.
  package func stop() async throws {
    kill(process, SIGKILL)
    while try Self.canConnect(to: address) { try await Task.sleep(for: .milliseconds(10)) }
  }

  /// Whether this machine can start one, and an engine to go with it.
  package static var isAvailable: Bool {
    RealEngine.isAvailable && FileManager.default.isExecutableFile(atPath: program)
  }

  private static let program = "/usr/bin/docker-registry"

  /// Starts a registry; it answers when this returns.
  package static func start(beside engine: RealEngine) async throws -> RealRegistry {
    let port = try freePort()
    let address = "127.0.0.1:\(port)"
    // Several may live beside one engine.
    let place = "\(engine.directory)/registry-\(port)"
    let configuration = """
      version: 0.1
      log: {level: error}
      storage: {filesystem: {rootdirectory: \(place)}}
      http: {addr: "\(address)"}
      """
    let file = place + ".yml"
    try configuration.write(toFile: file, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["serve", file]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let registry = RealRegistry(address: address, process: process.processIdentifier)
    for _ in 0..<500 {
      if try canConnect(to: address) { return registry }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw RealEngineError(attempt: "starting a registry", reason: "it does not answer")
  }

  /// A port that was free a moment ago.
  private static func freePort() throws -> UInt16 {
    try withSocket { descriptor in
      try inAddress(port: 0) { address, size in
        guard bind(descriptor, address, size) == 0 else { throw failure("binding a port") }
      }
      var address = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
      }
      guard status == 0 else { throw failure("reading a port") }
      return UInt16(bigEndian: address.sin_port)
    }
  }

  private static func canConnect(to address: String) throws -> Bool {
    let port = UInt16(address.split(separator: ":").last ?? "") ?? 0
    return try withSocket { descriptor in
      try inAddress(port: port) { connect(descriptor, $0, $1) == 0 }
    }
  }

  private static func withSocket<T>(_ body: (Int32) throws -> T) throws -> T {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw failure("opening a socket") }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  private static func inAddress<T>(
    port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> T
  ) throws -> T {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return try withUnsafePointer(to: &address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private static func failure(_ attempt: String) -> RealEngineError {
    RealEngineError(attempt: attempt, reason: String(cString: strerror(errno)))
  }
}
