/// Lets the engine be named before the command, as `docker -H URL ps` does.
enum ArgumentOrder {
  private static let flags = ["--no-index"]
  private static let options = ["-H", "--host", "-c", "--context", "--state-dir"]

  /// The same arguments with the command in front of the options that came before it; as they are
  /// where anything else did.
  static func commandFirst(_ arguments: [String]) -> [String] {
    var front = 0
    while front < arguments.count, arguments[front].hasPrefix("-") {
      if options.contains(arguments[front]) {
        front += 2
      } else if flags.contains(arguments[front])
        || options.contains(where: { arguments[front].hasPrefix($0 + "=") })
      {
        front += 1
      } else {
        return arguments
      }
    }
    guard front < arguments.count else { return arguments }
    return [arguments[front]] + arguments[..<front] + arguments[(front + 1)...]
  }
}
