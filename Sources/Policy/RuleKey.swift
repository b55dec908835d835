/// A key of a rule.
enum RuleKey: String, CaseIterable, Hashable, Sendable {
  case all
  case label
  case name
  case status
  case reference
  case dangling
  case createdBefore = "created-before"
  case stoppedFor = "stopped-for"
  case runningFor = "running-for"
  case unusedFor = "unused-for"
  case newest
  case anonymous
  case driver
  case type
  case shared
  case exitCode = "exit-code"
  case ancestor
  case composeProject = "compose-project"
  case largerThan = "larger-than"
  case newestBy = "newest-by"
  case localOnly = "local-only"
  case intermediate
}
