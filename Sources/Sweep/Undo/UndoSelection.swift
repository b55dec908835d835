package import Inventory

extension RunRecord {
  /// The steps that a person means by a text: those about an object of that name, reference or id, or
  /// whose id begins so (four characters at least), each also with its kind before it (`image:web`).
  /// What fits whole wins over what only begins so; nothing: no step of this run.
  package func steps(meantBy text: String) -> Set<Int> {
    for kind in ["container", "image", "volume", "network", "build-cache"]
    where text.hasPrefix(kind + ":") {
      let rest = String(text.dropFirst(kind.count + 1))
      let found = numbers(meantBy: rest, of: steps.filter { $0.object.kind == kind })
      if !found.isEmpty { return found }
    }
    return numbers(meantBy: text, of: steps)
  }

  private func numbers(meantBy text: String, of steps: [StepRecord]) -> Set<Int> {
    let whole = steps.filter { step in
      [step.title, step.object.id].contains(text)
        || step.object.kind == "image" && step.title == text + ":latest"
    }
    var objects = Set(whole.map(\.object))
    if objects.isEmpty, text.count >= 4 {
      objects = Set(
        steps.map(\.object).filter { $0.id.hasPrefix(text) || $0.id.hasPrefix("sha256:" + text) })
    }
    return Set(self.steps.filter { objects.contains($0.object) }.map(\.number))
  }
}
