import Engine
import Inventory

extension EngineIdentity {
  /// Whether the date of a volume is that of the last change of its top directory, as before Docker 23.0.
  /// Podman notes when it was made, which does no harm where this says otherwise.
  var datesOfVolumesMove: Bool {
    let parts = apiVersion.split(separator: ".").compactMap { Int($0) }
    guard parts.count == 2 else { return false }
    return (parts[0], parts[1]) < (1, 42)
  }
}
