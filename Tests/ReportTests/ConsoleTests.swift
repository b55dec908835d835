import Foundation
import Testing

@testable import Report

@Suite struct ConsoleTests {
  @Test func outputThatCannotBeWrittenIsAnError() throws {
    let full = open("/dev/full", O_WRONLY)
    try #require(full >= 0)
    defer { close(full) }
    let console = Console(environment: [:], output: full, error: full)
    #expect(throws: ConsoleError.self) { try console.write("a line\n") }
    console.log("a log that is lost stops nothing\n")
  }

  @Test func aReaderThatHasGoneIsNoError() throws {
    let pipe = try Channel()
    close(pipe.reader)
    defer { close(pipe.writer) }
    let console = Console(environment: [:], output: pipe.writer)
    try console.write("nobody reads this\n")
    try console.write("nor this\n")
  }

  @Test func whatIsWrittenArrivesWholeAndInOrder() throws {
    let pipe = try Channel()
    let console = Console(environment: [:], output: pipe.writer, error: pipe.writer)
    try console.write("one\n")
    console.log("two\n")
    try console.write("three\n")
    close(pipe.writer)
    #expect(pipe.readAll() == "one\ntwo\nthree\n")
    close(pipe.reader)
  }

  @Test(arguments: [
    ("y\n", true), ("Y\n", true), ("yes\n", true), (" yes \n", true), ("\n", false), ("n\n", false),
    ("yep\n", false), ("", false),
  ])
  func onlyYesAgrees(answer: String, agrees: Bool) throws {
    let (input, error) = (try Channel(), try Channel())
    let console = Console(environment: [:], error: error.writer, input: input.reader)
    #expect(!console.canAsk)
    input.send(answer)
    close(input.writer)
    #expect(console.ask("Remove all?") == agrees)
    close(error.writer)
    #expect(error.readAll().hasPrefix("Remove all? [y/N] "))
    for descriptor in [input.reader, error.reader] { close(descriptor) }
  }

  @Test func pipesAreNoTerminalsAndHaveNoColours() throws {
    let pipe = try Channel()
    defer { pipe.closeBoth() }
    let console = Console(
      environment: ["TERM": "xterm"], output: pipe.writer, error: pipe.writer, input: pipe.reader)
    #expect(!console.outputIsTerminal)
    #expect(!console.coloursOutput)
    #expect(console.width == nil)
    #expect(console.statusWidth == nil)
  }

  @Test(arguments: [
    ([:], true), (["TERM": "xterm"], true), (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true),
    (["TERM": "dumb"], false),
  ])
  func coloursFollowTheEnvironment(environment: [String: String], colours: Bool) throws {
    let terminal = try Terminal()
    defer { terminal.close() }
    let console = Console(
      environment: environment, output: terminal.line, error: terminal.line, input: terminal.line)
    #expect(console.coloursOutput == colours)
    #expect(console.canAsk)
    #expect(console.width == 72)
  }

  @Test func statusLineIsWipedBeforeTheNextOutput() async throws {
    let (terminal, pipe) = (try Terminal(), try Channel())
    defer {
      terminal.close()
      pipe.closeBoth()
    }
    let console = Console(environment: [:], output: pipe.writer, error: terminal.line)
    console.showStatus("1/2")
    console.log("a log line")
    console.log(".")
    #expect(await terminal.read(until: ".") == "1/2\r\u{1b}[Ka log line.")
  }
}
