import TestSupport
import Testing

/// Skipped engine tests must not pass for tests that ran.
@Test func engineTestsRunWhereTheyAreDemanded() throws {
  try RealEngine.requireWhereDemanded()
}
