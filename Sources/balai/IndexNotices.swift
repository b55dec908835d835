import Report

/// What is said on stderr of an index that is not the file.
extension WorkingIndex {
  func tell(_ console: Console) {
    if let obstacle {
      console.log("\(SafeText("\(obstacle)")); this run works from memory\n")
    } else if isUnkept {
      console.log("without an index nothing is known of before: ages by use count from now\n")
    }
  }

  /// Why a sweep has no journal.
  var lossOfJournal: String {
    isUnkept
      ? "without an index this run leaves no journal, and cannot be undone\n"
      : "the journal of this run could not be written to the index: 'balai history' does not know all of "
        + "it, and it cannot be undone as a whole; what came of it is only in this output\n"
  }
}
