import Foundation
import GRDB
import Inventory
import Testing

@testable import Index

/// `docs/index-schema.md` says what is there, and its questions can be asked.
struct SchemaGuideTests {
  private func guide() throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(
      contentsOf: root.appendingPathComponent("docs/index-schema.md"), encoding: .utf8)
  }

  @Test func everyTableAndViewIsDescribed() throws {
    let index = try HostIndex.inMemory()
    let names = try index.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
            AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
          """)
    }
    let guide = try guide()
    #expect(names.count > 10)
    for name in names { #expect(guide.contains("`\(name)`"), "\(name)") }
  }

  @Test func everyColumnOfAViewIsDescribed() throws {
    let index = try HostIndex.inMemory()
    let guide = try guide()
    for view in ["imageUse", "layerUse", "runSummary"] {
      let row = try #require(guide.split(separator: "\n").first { $0.hasPrefix("| `\(view)`") })
      for column in try index.read({ try $0.columns(in: view) }) {
        #expect(row.contains("`\(column.name)`"), "\(view).\(column.name)")
      }
    }
  }

  @Test func everyQuestionCanBeAsked() throws {
    let index = try HostIndex.inMemory()
    _ = try index.record(
      Samples.survey(at: 100, images: [Samples.image("a", references: ["a:1"])]))
    let questions = try guide().split(separator: "\n").filter { $0.hasPrefix("    SELECT") }
    #expect(questions.count == 4)
    for question in questions {
      _ = try index.read {
        try Row.fetchAll($0, sql: question.trimmingCharacters(in: .whitespaces))
      }
    }
  }
}
