/// A regular expression as instructions that all its ways through a text follow side by side
/// (Thompson's construction): each instruction is tried once at most at each place of the text.
struct RegexProgram: Hashable, Sendable {
  private enum Instruction: Hashable, Sendable {
    case one(ScalarSet)
    case start
    case end
    /// Goes on at the next instruction and at another one.
    case fork(Int)
    case jump(Int)
    case matched
  }

  private static let mostInstructions = 2_000
  /// Repeats of nothing take no instructions, but time to write out.
  private static let mostWork = 20_000

  private var instructions: [Instruction] = []
  private var work = 0

  var size: Int { instructions.count }

  /// Nil: it would be too large.
  init?(_ tree: RegexTree) {
    guard write(tree) else { return nil }
    instructions.append(.matched)
    work = 0
  }

  private mutating func write(_ tree: RegexTree) -> Bool {
    work += 1
    guard work < Self.mostWork, instructions.count < Self.mostInstructions else { return false }
    switch tree {
    case .one(let set): instructions.append(.one(set))
    case .start: instructions.append(.start)
    case .end: instructions.append(.end)
    case .sequence(let parts): return parts.allSatisfy { write($0) }
    case .either(let parts): return write(either: parts)
    case .repeated(let body, let least, let most): return write(body, least, most)
    }
    return true
  }

  private mutating func write(either parts: [RegexTree]) -> Bool {
    var jumps: [Int] = []
    for part in parts.dropLast() {
      let fork = instructions.count
      instructions.append(.fork(0))
      guard write(part) else { return false }
      jumps.append(instructions.count)
      instructions.append(.jump(0))
      instructions[fork] = .fork(instructions.count)
    }
    guard let last = parts.last, write(last) else { return false }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
    return true
  }

  private mutating func write(_ body: RegexTree, _ least: Int, _ most: Int?) -> Bool {
    for _ in 0..<least {
      guard write(body) else { return false }
    }
    var forks: [Int] = []
    for _ in 0..<(most.map { $0 - least } ?? 1) {
      forks.append(instructions.count)
      instructions.append(.fork(0))
      guard write(body) else { return false }
    }
    if most == nil { instructions.append(.jump(forks[0])) }
    for fork in forks { instructions[fork] = .fork(instructions.count) }
    return true
  }

  /// Whether it matches somewhere in a text, and how many instructions were tried.
  func run(on text: [Unicode.Scalar]) -> (matches: Bool, steps: Int) {
    var steps = 0
    var seenAt = [Int](repeating: -1, count: instructions.count)
    var pending: [Int] = []
    var waiting: [Int] = []
    for place in 0...text.count {
      // It may begin at any place.
      pending.append(0)
      waiting.removeAll(keepingCapacity: true)
      while let number = pending.popLast() {
        guard seenAt[number] != place else { continue }
        seenAt[number] = place
        steps += 1
        switch instructions[number] {
        case .one: waiting.append(number)
        case .start: if place == 0 { pending.append(number + 1) }
        case .end: if place == text.count { pending.append(number + 1) }
        case .fork(let other): pending += [other, number + 1]
        case .jump(let target): pending.append(target)
        case .matched: return (true, steps)
        }
      }
      guard place < text.count else { break }
      for number in waiting {
        guard case .one(let set) = instructions[number] else { continue }
        if set.contains(text[place]) { pending.append(number + 1) }
      }
    }
    return (false, steps)
  }
}
