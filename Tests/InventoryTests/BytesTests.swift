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
}
