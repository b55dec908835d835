import Foundation
import Inventory
import TestSupport
import Testing

@testable import Report

@Suite struct JSONTests {
  @Test func anyTextSurvivesJSON() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      let text = random.text(length: 30)
      let document = JSON.object([(key: "text", value: .string(text))]).document
      let object = try JSONDecoder().decode([String: String].self, from: Data(document.utf8))
      // Compared by scalars: Swift calls canonically equivalent strings equal.
      #expect(object["text"].map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
    }
  }

  @Test func emptyListsAndObjectsTakeOneLine() {
    let json: JSON = ["list": .array([]), "object": .object([]), "nothing": .null]
    #expect(json.document == "{\n  \"list\": [],\n  \"object\": {},\n  \"nothing\": null\n}\n")
  }

  @Test func noSizeIsNegative() {
    #expect(
      JSON.bytes(Bytes(atLeast: -1, atMost: 5)).document
        == JSON.bytes(Bytes(atLeast: 0, atMost: 5)).document)
  }
}
