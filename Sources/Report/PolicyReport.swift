/// One line of `balai policy ls`.
package struct PolicySummary: Hashable, Sendable {
  package let name: String
  package let description: String?
  /// Where its text is: a file, or `built in`.
  package let source: String

  package init(name: String, description: String?, source: String) {
    self.name = name
    self.description = description
    self.source = source
  }
}

/// What `balai policy check` found in one policy.
package struct PolicyCheck: Hashable, Sendable {
  package let file: String
  /// One sentence each, with the place it speaks of; empty: the policy is good.
  package let problems: [String]

  package init(file: String, problems: [String]) {
    self.file = file
    self.problems = problems
  }
}

extension Presentation {
  /// The policies that `-p` knows by name.
  package func policies(_ policies: [PolicySummary]) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion,
        "policies": .list(policies) { policy in
          [
            "name": .string(policy.name), "description": .text(policy.description),
            "source": .string(policy.source),
          ]
        },
      ]
      return json.document
    }
    if idsOnly { return lines(policies.map(\.name)) }
    var table = Table("NAME", "SOURCE", "DESCRIPTION")
    for policy in policies {
      table.add(.init(policy.name), .init(policy.source), .init(policy.description ?? ""))
    }
    return text(of: table)
  }

  /// Every problem in a line of its own, and `ok` for a policy without.
  package func policyChecks(_ checks: [PolicyCheck]) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion,
        "policies": .list(checks) { check in
          [
            "file": .string(check.file), "ok": .bool(check.problems.isEmpty),
            "problems": .texts(check.problems),
          ]
        },
      ]
      return json.document
    }
    return lines(checks.flatMap { $0.problems.isEmpty ? ["\($0.file): ok"] : $0.problems })
  }

  /// A policy's text as it is, but harmless.
  package func policy(named name: String, text: String) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion, "name": .string(name), "text": .string(text),
      ]
      return json.document
    }
    let paragraph = SafeText.paragraph(text)
    return paragraph.hasSuffix("\n") ? paragraph : paragraph + "\n"
  }
}
