import Foundation

/// The logins to registries that the `docker` command keeps for this user.
///
/// Read from Docker's `config.json` (`auths`, `credHelpers`, `credsStore`) each time they are asked
/// for; no description of it, and no error, holds a secret.
package struct RegistryCredentials: Sendable {
  private struct File: Decodable {
    struct Login: Decodable {
      let auth: String?
      let username: String?
      let password: String?
      let identitytoken: String?
      let registrytoken: String?
    }

    let auths: [String: Login?]?
    let credHelpers: [String: String]?
    let credsStore: String?
  }

  /// What `X-Registry-Auth` holds, moby `api/types/registry`.
  private struct Authorization: Encodable {
    var username: String?
    var password: String?
    var identitytoken: String?
    var registrytoken: String?
    var serveraddress: String
  }

  /// The key of Docker Hub in `config.json`.
  private static let hub = "https://index.docker.io/v1/"

  private let configuration: DockerConfiguration?
  private let environment: [String: String]

  /// - Parameter environment: its `DOCKER_CONFIG` or `HOME` say where the file is, and its `PATH` where
  ///   the helper programs are, `docker-credential-NAME`.
  package init(environment: [String: String]) {
    configuration = DockerConfiguration(environment: environment)
    self.environment = environment
  }

  /// The value of `X-Registry-Auth` for the registry of an image's name; nil: there is no login to it.
  package func authorization(for reference: String) async throws(EngineError) -> String? {
    guard let configuration, let file = try configuration.contents(File.self) else { return nil }
    let registry = Self.registry(of: reference)
    let key = registry == "docker.io" ? Self.hub : registry
    let found: Authorization?
    if let helper = file.credHelpers?[key] ?? file.credsStore, !helper.isEmpty {
      found = try await ask(helper, for: key)
    } else {
      found = try login(to: key, in: file.auths ?? [:])
    }
    return found.flatMap { Self.encoded($0) }
  }

  /// The part before the first slash, where it looks like a host (distribution/reference).
  static func registry(of reference: String) -> String {
    let parts = reference.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let host = parts.first,
      host == "localhost" || host.contains(".") || host.contains(":")
        || host.contains(where: \.isUppercase)
    else { return "docker.io" }
    return host == "index.docker.io" ? "docker.io" : String(host)
  }

  private func login(
    to key: String, in logins: [String: File.Login?]
  ) throws(EngineError) -> Authorization? {
    // Old files have addresses in place of hosts.
    let exact = logins[key] ?? nil
    let similar = logins.keys.sorted().first { Self.host(of: $0) == Self.host(of: key) }
    guard let login = exact ?? similar.flatMap({ logins[$0] ?? nil }) else { return nil }
    var result = Authorization(
      username: login.username, password: login.password, identitytoken: login.identitytoken,
      registrytoken: login.registrytoken, serveraddress: key)
    if let auth = login.auth, !auth.isEmpty {
      // A name has no colon, a password may.
      guard let pair = Data(base64Encoded: auth).map({ String(decoding: $0, as: UTF8.self) }),
        let colon = pair.firstIndex(of: ":")
      else {
        throw .noCredentials(registry: key, reason: "its 'auth' in config.json is no login")
      }
      result.username = String(pair[..<colon])
      let password = pair[pair.index(after: colon)...]
      result.password = password.trimmingCharacters(in: CharacterSet(charactersIn: "\0"))
    }
    // With a helper, `docker login` leaves an empty entry.
    let isEmpty = [result.username, result.identitytoken, result.registrytoken]
      .allSatisfy { $0?.isEmpty ?? true }
    return isEmpty ? nil : result
  }

  private func ask(_ helper: String, for key: String) async throws(EngineError) -> Authorization? {
    let program = CredentialProgram(name: helper, environment: environment)
    guard let login = try await program.login(to: key) else { return nil }
    if login.Username == "<token>" {
      return Authorization(identitytoken: login.Secret, serveraddress: key)
    }
    return Authorization(username: login.Username, password: login.Secret, serveraddress: key)
  }

  private static func host(of address: String) -> Substring {
    let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
    return address[start...].prefix { $0 != "/" }
  }

  private static func encoded(_ authorization: Authorization) -> String? {
    let json = try? JSONEncoder().encode(authorization)
    return json?.base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_")
  }
}

extension RegistryCredentials: CustomStringConvertible, CustomReflectable {
  package var description: String { "credentials of \(configuration?.file ?? "nobody")" }

  /// Not even a dump shows the environment.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
