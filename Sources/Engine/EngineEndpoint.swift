import Foundation

/// The Unix socket of an engine.
package struct EngineEndpoint: Hashable, Sendable, CustomStringConvertible {
  package let socketPath: String

  package init(socketPath: String) { self.socketPath = socketPath }

  package var description: String { "unix://" + socketPath }

  /// Where an engine listens when nobody says otherwise.
  package static let standard = EngineEndpoint(socketPath: "/var/run/docker.sock")

  /// Finds the engine as the `docker` command does (docker/cli 29 `cli/command/cli.go`): `--host` or
  /// `--context`, else `DOCKER_HOST`, else `DOCKER_CONTEXT`, else the context that
  /// `docker context use` chose, else `/var/run/docker.sock`.
  ///
  /// Like there, giving both `--host` and `--context` is an error, and empty values count as not
  /// given. Unlike there, a configuration that cannot be read is an error: another engine would be
  /// swept than the one that was chosen.
  package static func resolve(
    host: String?, context: String?, environment: [String: String]
  ) throws(EngineError) -> EngineEndpoint {
    let (host, context) = (given(host), given(context))
    if let host {
      if let context {
        throw .unusableEndpoint(
          host, source: "--host", reason: "--context '\(context)' was given too; give one of them")
      }
      return try parse(host, from: "--host")
    }
    if let context { return try named(context, from: "--context", environment) }
    if let host = given(environment["DOCKER_HOST"]) { return try parse(host, from: "DOCKER_HOST") }
    if let context = given(environment["DOCKER_CONTEXT"]) {
      return try named(context, from: "DOCKER_CONTEXT", environment)
    }
    guard let configuration = DockerConfiguration(environment: environment),
      let context = given(try configuration.currentContext())
    else { return .standard }
    return try named(context, from: configuration.file, environment)
  }

  private static func given(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    return text
  }

  private static func named(
    _ context: String, from source: String, _ environment: [String: String]
  ) throws(EngineError) -> EngineEndpoint {
    // The context of this name has no file: it is whatever there is without contexts.
    if context == "default" {
      return try given(environment["DOCKER_HOST"])
        .map { host throws(EngineError) in try parse(host, from: "DOCKER_HOST") } ?? .standard
    }
    guard let host = try DockerConfiguration(environment: environment)?.host(ofContext: context)
    else { throw .unknownContext(context, source: source) }
    return try host.isEmpty ? .standard : parse(host, from: "context '\(context)'")
  }

  private static func parse(
    _ address: String, from source: String
  ) throws(EngineError) -> EngineEndpoint {
    func refused(_ reason: String) -> EngineError {
      .unusableEndpoint(address, source: source, reason: reason)
    }
    guard let separator = address.firstRange(of: "://") else {
      if address.hasPrefix("/") { throw refused("write unix://\(address)") }
      throw refused(
        "without a scheme it means tcp://\(address), and only unix:// is supported so far")
    }
    let scheme = address[..<separator.lowerBound].lowercased()
    let path = String(address[separator.upperBound...])
    guard scheme == "unix" else {
      throw refused("\(scheme):// is not supported; only unix:// is so far")
    }
    return path.isEmpty ? .standard : EngineEndpoint(socketPath: path)
  }
}
