import Engine
import Inventory

extension Outcome {
  /// What a removal came to, by the engine's answer and by a look at the object afterwards: neither an
  /// answer nor a look is believed alone.
  ///
  /// The object was there just before. Where the engine says that there is none, and there is none,
  /// somebody else was faster, or something on the way asked for it twice: nobody can say.
  init(_ reply: RemovalReply, isThere: Bool) {
    self =
      switch (reply, isThere) {
      case (.gone, false): .unknown
      // Whatever the answer was, the engine did it.
      case (.removed, false), (.conflict, false), (.refused, false): .done
      case (.removed, true): .failed("the engine says it is removed, but still has it")
      case (.gone, true): .failed("the engine says there is none, but still has it")
      case (.conflict(let message), true): .inUse(message)
      case (.refused(_, let message), true): .failed(message)
      }
  }
}

extension RemovalReply {
  /// Whether the engine says that it did it.
  var isRemoved: Bool {
    if case .removed = self { true } else { false }
  }
}
