import Foundation
import Inventory

/// The `docker` command's own configuration, as far as it says where engines are.
struct DockerConfiguration {
  private struct File: Decodable {
    let currentContext: String?
  }

  /// `contexts/meta/<sha256 of the name>/meta.json`, docker/cli `cli/context/store`.
  private struct Context: Decodable {
    struct Endpoint: Decodable {
      let Host: String?
    }

    let Endpoints: [String: Endpoint]?
  }

  private let directory: String

  /// Nil where the environment names neither `DOCKER_CONFIG` nor a home.
  init?(environment: [String: String]) {
    if let directory = environment["DOCKER_CONFIG"], !directory.isEmpty {
      self.directory = directory
    } else if let home = environment["HOME"], !home.isEmpty {
      directory = home + "/.docker"
    } else {
      return nil
    }
  }

  var file: String { directory + "/config.json" }

  /// Nil: there is no such file, or it chooses no context.
  func currentContext() throws(EngineError) -> String? {
    try Self.read(File.self, at: file)?.currentContext
  }

  /// What `config.json` says about something else; nil: there is no such file.
  func contents<Value: Decodable>(_ type: Value.Type) throws(EngineError) -> Value? {
    try Self.read(type, at: file)
  }

  /// The address of a context's engine, which can be empty; nil: there is no such context.
  func host(ofContext name: String) throws(EngineError) -> String? {
    let path = "\(directory)/contexts/meta/\(SHA256.hex(name))/meta.json"
    guard let context = try Self.read(Context.self, at: path) else { return nil }
    guard let endpoint = context.Endpoints?["docker"] else {
      throw .unreadableConfiguration(path: path, reason: "it names no docker endpoint")
    }
    return endpoint.Host ?? ""
  }

  private static func read<Value: Decodable>(
    _ type: Value.Type, at path: String
  ) throws(EngineError) -> Value? {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch CocoaError.fileReadNoSuchFile {
      return nil
    } catch {
      throw .unreadableConfiguration(path: path, reason: "it exists, but cannot be opened")
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw .unreadableConfiguration(path: path, reason: "it is not the JSON that Docker writes")
    }
  }
}
