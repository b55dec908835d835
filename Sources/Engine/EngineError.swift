/// Why a conversation with an engine failed, or never began.
package enum EngineError: Error, Hashable, Sendable {
  /// Why nobody answers at a socket.
  package enum Obstacle: Hashable, Sendable {
    /// No such file.
    case absent
    /// The file is there, but nothing listens on it.
    case deserted
    /// This user may not open it.
    case denied
    case other(String)
  }

  /// An address that Balai cannot use; `source` says where it was given (`DOCKER_HOST`, `--host`).
  case unusableEndpoint(String, source: String, reason: String)
  case unknownContext(String, source: String)
  case unreadableConfiguration(path: String, reason: String)
  case unreachable(socket: String, Obstacle)
  case noAnswer(call: String, after: Duration)
  /// The connection ended before the reply did; nothing of it was used.
  case connectionLost(call: String)
  /// The reply is not HTTP, not JSON, or not what the call should return.
  case brokenReply(call: String, reason: String)
  case replyTooLarge(call: String, limit: Int)
  /// The answer is that there is no such object, and a list has it all the same.
  case contradictory(call: String)
  case engineTooOld(apiVersion: String)
  /// The engine answered, with an error and its own words for it.
  case refused(call: String, status: Int, message: String)
  /// The engine said yes, and in the middle of its work that it failed, in its own words.
  case failedMidway(call: String, message: String)
  /// A name that was to be saved with an image belongs to another one, or to none.
  case nameMoved(String, from: String)
  /// A file that was to be sent to the engine.
  case unreadableFile(path: String, reason: String)
  /// A helper program of Docker's configuration did not give what a registry asks for.
  case noCredentials(registry: String, reason: String)
  /// The engine was to remove one record of its build cache, and names others that it removed.
  case removedOthers(than: String, [String])
  /// What was kept of an object does not say how to create it again, or must not be followed.
  case unusableDescription(of: String, reason: String)
  case cancelled

  /// Whether the engine itself is out of reach, so that no further call makes sense.
  package var meansEngineLost: Bool {
    switch self {
    case .unreachable, .noAnswer, .connectionLost: true
    case .unusableEndpoint, .unknownContext, .unreadableConfiguration, .brokenReply, .replyTooLarge,
      .contradictory, .engineTooOld, .refused, .failedMidway, .nameMoved, .unreadableFile,
      .noCredentials,
      .removedOthers, .unusableDescription, .cancelled:
      false
    }
  }
}

extension EngineError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unusableEndpoint(let address, let source, let reason):
      "cannot use the engine address '\(address)' from \(source): \(reason)"
    case .unknownContext(let name, let source):
      "cannot use the context '\(name)' from \(source): it does not exist; `docker context ls` lists those that do"
    case .unreadableConfiguration(let path, let reason):
      "cannot read Docker's configuration \(path): \(reason); correct it, or name the engine with --host"
    case .unreachable(let socket, let obstacle):
      "cannot connect to the engine at \(socket): \(obstacle.sentence)"
    case .noAnswer(let call, let deadline):
      "gave up on \(call): the engine did not answer within \(deadline.components.seconds) s; look at its log"
    case .connectionLost(let call):
      "lost the connection during \(call) before the reply was complete; is the engine restarting?"
    case .brokenReply(let call, let reason):
      "cannot understand the engine's reply to \(call): \(reason)"
    case .replyTooLarge(let call, let limit):
      "gave up on \(call): the reply is larger than the \(limit) bytes that are allowed"
    case .contradictory(let call):
      "cannot believe the answer to \(call): it says that there is none, but the engine's list has it; is something between Balai and the engine?"
    case .engineTooOld(let version):
      "cannot work with this engine: it speaks API \(version), and Balai needs 1.24 (Docker 1.12) or later"
    case .refused(let call, let status, let message):
      "the engine answered \(call) with status \(status): \(message)"
    case .failedMidway(let call, let message):
      "the engine began \(call) and failed: \(message)"
    case .nameMoved(let name, let image):
      "cannot save \(image) under the name '\(name)': the name is another image's by now, or gone; look again at what there is"
    case .unreadableFile(let path, let reason):
      "cannot send \(path) to the engine: \(reason)"
    case .noCredentials(let registry, let reason):
      "cannot log in to the registry \(registry): \(reason); try `docker login \(registry)`"
    case .removedOthers(let id, let others):
      "asked the engine to remove the build-cache record \(id) alone, and it removed \(others.joined(separator: ", ")) too; leave the build cache of this engine to `docker builder prune`"
    case .unusableDescription(let object, let reason):
      "cannot create \(object) again from what was kept of it: \(reason)"
    case .cancelled:
      "the call to the engine was cancelled"
    }
  }
}

extension EngineError.Obstacle {
  var sentence: String {
    switch self {
    case .absent:
      "there is no such socket; start the engine, or name another with --host or DOCKER_HOST"
    case .deserted:
      "nothing listens on that socket; start the engine, or name another with --host or DOCKER_HOST"
    case .denied:
      "permission denied; run as root or as a member of the group that owns the socket (docker)"
    case .other(let reason): reason
    }
  }
}
