import Foundation

/// A program that keeps logins for the `docker` command: `docker-credential-NAME get` reads a
/// registry's address and answers JSON (docker/docker-credential-helpers).
struct CredentialProgram: Sendable {
  struct Login: Decodable {
    let Username: String
    let Secret: String
  }

  /// A person may have to unlock a keychain, but nobody sits at a cron job.
  private static let patience = Duration.seconds(30)

  let name: String
  let environment: [String: String]

  /// Nil: it keeps none for this registry.
  func login(to registry: String) async throws(EngineError) -> Login? {
    guard let program else {
      throw .noCredentials(
        registry: registry, reason: "there is no docker-credential-\(name) in PATH")
    }
    let run: (status: Int32, output: Data)
    do {
      run = try await Self.run(program, environment: environment, input: registry)
    } catch {
      throw .noCredentials(
        registry: registry, reason: "docker-credential-\(name) cannot be run")
    }
    guard run.status == 0 else {
      // It has no status of its own for this, only these words.
      if String(decoding: run.output, as: UTF8.self).contains("credentials not found") {
        return nil
      }
      throw .noCredentials(
        registry: registry, reason: "docker-credential-\(name) ended with status \(run.status)")
    }
    guard let login = try? JSONDecoder().decode(Login.self, from: run.output) else {
      throw .noCredentials(
        registry: registry, reason: "docker-credential-\(name) did not answer with a login")
    }
    return login
  }

  private var program: String? {
    let isName =
      !name.isEmpty
      && name.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
      }
    guard isName else { return nil }
    return (environment["PATH"] ?? "").split(separator: ":").map {
      "\($0)/docker-credential-\(name)"
    }
    .first { $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static func run(
    _ program: String, environment: [String: String], input: String
  ) async throws -> (status: Int32, output: Data) {
    let (stdin, stdout) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["get"]
    process.environment = environment
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle.nullDevice
    let (ends, ended) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in ended.finish() }
    // Before it runs: one that ends without reading must not end this process by a signal.
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    try process.run()
    let pid = process.processIdentifier
    let timer = Task {
      try await Task.sleep(for: patience)
      kill(pid, SIGKILL)
    }
    defer { timer.cancel() }
    // A login fits into a pipe: who writes more is ended by the timer.
    for await _ in ends {}
    return (process.terminationStatus, rest(of: stdout.fileHandleForReading))
  }

  /// What is in a pipe: a child of the helper may keep it open.
  private static func rest(of pipe: FileHandle) -> Data {
    let descriptor = pipe.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var output = Data()
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
      output.append(contentsOf: buffer[..<count])
    }
    return output
  }
}
