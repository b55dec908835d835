import ArgumentParser

/// What has to come back after an undo.
struct UndoOptions: ParsableArguments {
  @Flag(help: "Refuse a plan that takes away anything which 'balai undo' could not bring back.")
  var requireRestorable = false
}
