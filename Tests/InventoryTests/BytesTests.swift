import Foundation
import Inventory
import Testing

struct BytesTests {
  @Test func sumOfIntervalsHoldsEverySumOfTheirMembers() {
    let sum = Bytes(atLeast: 1, atMost: 5) + Bytes(exactly: 10)
    #expect(sum == Bytes(atLeast: 11, atMost: 15))
    #expect(!sum.isExact)
  }

  @Test func differenceIsNeverNegative() {
    #expect(Bytes(exactly: 5) - Bytes(atLeast: 3, atMost: 9) == Bytes(atLeast: 0, atMost: 2))
  }

  @Test func endsMayComeInEitherOrder() {
    #expect(Bytes(atLeast: 9, atMost: 2) == Bytes(atLeast: 2, atMost: 9))
  }

  @Test func figureReadsBackAsItWasWritten() throws {
    for figure in [Bytes.zero, Bytes(atLeast: 3, atMost: 9), Bytes(orMore: 7), .init(orMore: .max)]
    {
      let text = try JSONEncoder().encode(figure)
      #expect(try JSONDecoder().decode(Bytes.self, from: text) == figure)
    }
  }

  @Test(arguments: [
    #"{"atLeast": -1, "atMost": 5}"#, #"{"atLeast": -5, "atMost": -1}"#,
    #"{"atLeast": 5, "atMost": 4}"#, #"{"atLeast": 5}"#,
    #"{"atLeast": 0, "atMost": 9223372036854775808}"#,
  ])
  func textThatIsNoFigureIsNotRead(text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Bytes.self, from: Data(text.utf8))
    }
  }
}
