import ArgumentParser
import Engine
import Foundation
import Index
import Plan
import Policy
import Report
import Sweep

extension ParsableCommand {
  /// Runs a command's body, and turns whatever it throws into one sentence on stderr and a documented
  /// exit status.
  func reporting(
    _ output: OutputOptions, _ body: (Console) async throws -> ExitStatus
  ) async throws {
    let console = Console(environment: ProcessInfo.processInfo.environment)
    do {
      let status = try await body(console)
      if status != .done { throw ExitCode(status.rawValue) }
    } catch let code as ExitCode {
      throw code
    } catch {
      let status = ExitStatus(of: error)
      let presentation = Presentation(format: output.format, now: .now)
      console.log(presentation.failure("\(error)", status: status))
      throw ExitCode(status.rawValue)
    }
  }
}

extension ExitStatus {
  /// The status that stands for an error; matched on its case, never on its text.
  init(of error: any Error) {
    self =
      switch error {
      case let error as EngineError: Self(of: error)
      case is PolicyError: .usage
      case let error as PlanError: Self(of: error)
      case SweepError.locked: .locked
      case SweepError.otherEngine: .refused
      case IndexError.unsafe: .refused
      case let error as Refusal: Self(of: error)
      default: .couldNotRun
      }
  }

  private init(of error: EngineError) {
    self =
      switch error {
      case .unusableEndpoint, .unknownContext, .unreadableConfiguration: .usage
      case .engineTooOld: .engineUnavailable
      case _ where error.meansEngineLost: .engineUnavailable
      default: .couldNotRun
      }
  }

  private init(of error: PlanError) {
    self =
      switch error {
      case .everyImage, .otherEngine, .limit, .wrongEngine, .noRoomForArchive, .noRoomToSave,
        .unknownArchiveSize, .irreversible:
        .refused
      case .unreadable, .unknownFormat: .usage
      case .unwritable, .unknownSpace: .couldNotRun
      }
  }

  private init(of error: Refusal) {
    self =
      switch error {
      case .nobodyToAsk, .nobodyToAskAboutUndo, .unsafeFile, .runWentOn: .refused
      case .noPolicy, .unreadablePolicy, .planAndPolicy, .planAndFlags, .policyAndFlags, .noSuchRun,
        .noSuchObjectInRun, .undoOfAnUndo, .undoWithoutIndex, .copiesWithoutIndex,
        .noSuchObject, .severalObjects:
        .usage
      }
  }
}

extension OutputOptions {
  /// How results look on this console.
  func presentation(
    on console: Console, idsOnly: Bool = false, isVerbose: Bool = false
  ) -> Presentation {
    Presentation(
      format: format, idsOnly: idsOnly, truncates: !noTrunc, isVerbose: isVerbose,
      colours: console.coloursOutput, width: console.width, now: .now)
  }
}
