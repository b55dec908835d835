extension Duration {
  /// What `30s`, `12h` or `1d12h` means, by the rules of policies; nil: it is none.
  package init?(policyText text: String) {
    guard let duration = try? Age.read(text) else { return nil }
    self = duration
  }
}
