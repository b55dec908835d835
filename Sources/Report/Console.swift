import Foundation
import Synchronization

/// The process's three standard streams: results on stdout, progress and log on stderr, answers from
/// stdin.
///
/// Nothing is buffered, so what is written first is seen first. A reader that has gone away
/// (`balai images | head -1`) is no error: what it did not want to read is dropped and the work goes
/// on, for a sweep must not end half-way because a pager was closed.
package final class Console: Sendable {
  /// Whether stdout is a terminal.
  package let outputIsTerminal: Bool
  /// Whether stderr is a terminal.
  package let errorIsTerminal: Bool
  /// Whether somebody is there to see a question and to answer it: stderr and stdin are terminals.
  package let canAsk: Bool
  /// Whether tables on stdout may have colours: it is a terminal, and neither `NO_COLOR` nor
  /// `TERM=dumb` says no.
  package let coloursOutput: Bool

  private let output: Int32
  private let error: Int32
  private let input: Int32
  private let canRedraw: Bool
  private let state = Mutex(State())

  private struct State {
    var readerIsGone = false
    var hasStatusLine = false
  }

  /// Opens the streams by their file descriptors, and from then on ignores SIGPIPE in this process.
  package init(
    environment: [String: String], output: Int32 = STDOUT_FILENO, error: Int32 = STDERR_FILENO,
    input: Int32 = STDIN_FILENO
  ) {
    signal(SIGPIPE, SIG_IGN)
    self.output = output
    self.error = error
    self.input = input
    outputIsTerminal = isatty(output) == 1
    errorIsTerminal = isatty(error) == 1
    canAsk = errorIsTerminal && isatty(input) == 1
    let isDumb = environment["TERM"] == "dumb"
    coloursOutput = outputIsTerminal && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty
    canRedraw = errorIsTerminal && !isDumb
  }

  /// Columns of the terminal that shows the results; nil where stdout is none.
  package var width: Int? { outputIsTerminal ? Self.columns(of: output) : nil }

  /// Writes a result to stdout, as it stands. Throws where it cannot be written, as on a full disk:
  /// a script must not take half a list for a whole one.
  package func write(_ text: String) throws(ConsoleError) {
    let failure = state.withLock { state -> Int32? in
      eraseStatusLine(&state)
      guard !state.readerIsGone else { return nil }
      let code = Self.send(text, to: output)
      if code == EPIPE { state.readerIsGone = true }
      return code == EPIPE ? nil : code
    }
    if let failure { throw .cannotWrite(reason: String(cString: strerror(failure))) }
  }

  /// Writes to stderr, as it stands. That it cannot be written stops nothing.
  package func log(_ text: String) {
    state.withLock { state in
      eraseStatusLine(&state)
      _ = Self.send(text, to: error)
    }
  }

  /// Asks on stderr and reads the answer from stdin; only `y` and `yes` agree, the end of input does
  /// not.
  package func ask(_ question: String) -> Bool {
    log("\(question) [y/N] ")
    let answer = readLine().trimmingCharacters(in: .whitespaces).lowercased()
    return answer == "y" || answer == "yes"
  }

  /// Asks the same of whoever has seen what it is about: it is shown on stderr too, as a table, where stdout
  /// is not their terminal or has no table.
  package func ask(
    _ question: String, _ presentation: Presentation, _ table: (Presentation) -> String
  ) -> Bool {
    if presentation.format != .table || !outputIsTerminal {
      var presentation = presentation
      presentation.format = .table
      log(table(presentation))
    }
    return ask(question)
  }

  /// Columns for a status line; nil where none can be shown.
  var statusWidth: Int? { canRedraw ? Self.columns(of: error) ?? 80 : nil }

  /// Shows one line on stderr that the next output wipes away; nil takes it away now. Only where
  /// stderr is a terminal.
  func showStatus(_ line: String?) {
    guard canRedraw else { return }
    state.withLock { state in
      eraseStatusLine(&state)
      guard let line else { return }
      state.hasStatusLine = Self.send(line, to: error) == nil
    }
  }

  private func eraseStatusLine(_ state: inout State) {
    guard state.hasStatusLine else { return }
    state.hasStatusLine = false
    _ = Self.send("\r\u{1b}[K", to: error)
  }

  /// Writes all of a text and returns the `errno` that prevented it.
  private static func send(_ text: String, to descriptor: Int32) -> Int32? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&waiting, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }

  /// One line of stdin, read byte by byte so that nothing behind it is taken away.
  private func readLine() -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < 1_024 {
      let count = read(input, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else {
        log("\n")
        break
      }
      if byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    return String(decoding: line, as: UTF8.self)
  }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}

/// Why a result could not be shown.
package enum ConsoleError: Error, Hashable, CustomStringConvertible {
  case cannotWrite(reason: String)

  package var description: String {
    switch self {
    case .cannotWrite(let reason): "cannot write the result to stdout: \(reason)"
    }
  }
}
