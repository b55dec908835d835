import Inventory
import Testing

@testable import Report

@Suite struct HumanAgeTests {
  /// The words and limits of `HumanDuration` in docker/go-units.
  @Test(arguments: [
    (-5, "Less than a second ago"), (0, "Less than a second ago"), (1, "1 second ago"),
    (59, "59 seconds ago"), (60, "About a minute ago"), (119, "About a minute ago"),
    (120, "2 minutes ago"), (3_599, "59 minutes ago"), (3_600, "About an hour ago"),
    (5_399, "About an hour ago"), (5_400, "2 hours ago"), (47 * 3_600, "47 hours ago"),
    (48 * 3_600, "2 days ago"), (24 * 3_600 * 14 - 3_600, "13 days ago"),
    (24 * 3_600 * 14, "2 weeks ago"), (24 * 3_600 * 60 - 3_600, "8 weeks ago"),
    (24 * 3_600 * 60, "2 months ago"), (24 * 3_600 * 730 - 3_600, "24 months ago"),
    (24 * 3_600 * 730, "2 years ago"),
  ])
  func agesReadAsDockers(seconds: Int, text: String) {
    #expect(HumanAge.text(from: Samples.now - .seconds(seconds), to: Samples.now) == text)
  }
}
