package import Foundation
package import Inventory

extension EngineClient {
  /// Writes a tar of a directory or file of a container, running or not; its volumes are mounted for it.
  ///
  /// `GET /containers/{id}/archive`: the names in it begin with the last part of the path, and end the
  /// path with `/.` to have them begin with `./`. The sink has the whole tar only when this returns.
  ///
  /// - Parameter limit: bytes that the tar may have; more is `replyTooLarge`.
  package func readFiles(
    of container: ContainerID, at path: String, atMost limit: Int64 = .max,
    into sink: @Sendable (Data) async throws -> Void
  ) async throws {
    let request = api.request(.get, Self.archive(of: container), [Self.query(path)])
    try await api.download(request, atMost: limit, into: sink)
  }

  /// Unpacks a tar into a directory of a container, which must be there; owners and modes as they are
  /// in the tar.
  ///
  /// `PUT /containers/{id}/archive`. After an error a part of it may have been unpacked.
  ///
  /// - Parameter file: What an error calls the tar.
  package func writeFiles(
    _ tar: FileHandle, named file: String, to container: ContainerID, at path: String
  ) async throws(EngineError) {
    var request = api.request(.put, Self.archive(of: container), [Self.query(path)])
    request.headers["Content-Type"] = "application/x-tar"
    let upload = try UploadFile(tar, named: file)
    do {
      let reply = try await api.transport.transfer(
        request, from: upload, at: api.limits.pace, atMost: Int64(RequestLimits.maxObjectBytes)
      ) { _ in }
      guard reply.status == 200 else {
        throw EngineError.refused(
          call: request.call, status: reply.status, message: reply.message)
      }
    } catch let error as EngineError {
      throw error
    } catch {
      throw .connectionLost(call: request.call)
    }
  }

  private static func archive(of container: ContainerID) -> String {
    "/containers/\(EngineAPI.escaped(container.rawValue))/archive"
  }

  private static func query(_ path: String) -> String { "path=\(EngineAPI.escaped(path))" }
}
