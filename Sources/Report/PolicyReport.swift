package import Policy

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
  /// Why it cannot be used: one sentence each, with the place it speaks of.
  package let problems: [String]
  /// Rules that can be read and do nothing.
  package let findings: [PolicyFinding]

  package init(file: String, problems: [String], findings: [PolicyFinding] = []) {
    self.file = file
    self.problems = problems
    self.findings = findings
  }

  package var isGood: Bool { problems.isEmpty && findings.isEmpty }
}

extension PolicyCheck {
  fileprivate var lines: [String] {
    if isGood { return ["\(file): ok"] }
    return problems.map { "error: \($0)" } + findings.map { "\($0.severity): \(file):\($0)" }
  }
}

extension PolicyFinding {
  /// A rule that stands twice does no harm; one without effect is not what somebody meant.
  fileprivate var severity: String { kind == .duplicate ? "note" : "warning" }
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

  /// Every problem and finding in a line of its own, and `ok` for a policy without.
  package func policyChecks(_ checks: [PolicyCheck]) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion,
        "policies": .list(checks) { check in
          [
            "file": .string(check.file), "ok": .bool(check.isGood),
            "problems": .texts(check.problems),
            "findings": .list(check.findings) { finding in
              [
                "kind": .string(finding.kind.rawValue), "rule": .rule(finding.rule),
                "message": .string(finding.message), "suggestion": .string(finding.suggestion),
              ]
            },
          ]
        },
      ]
      return json.document
    }
    return lines(checks.flatMap(\.lines))
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
