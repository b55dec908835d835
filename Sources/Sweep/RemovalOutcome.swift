import Engine
import Inventory

extension Outcome {
  /// What an engine's answer to a removal means for the step.
  init(_ reply: RemovalReply) {
    self =
      switch reply {
      case .removed: .done
      case .gone: .gone
      case .conflict(let message): .inUse(message)
      case .refused(_, let message): .failed(message)
      }
  }
}
