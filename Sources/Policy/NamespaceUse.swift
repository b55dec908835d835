import Inventory

/// Which containers use the namespaces of which.
struct NamespaceUse {
  /// By the id of the one whose namespaces they are.
  private let users: [ContainerID: [Container]]

  init(_ containers: [Container]) {
    var users: [ContainerID: [Container]] = [:]
    for container in containers {
      for host in Set((container.hosts ?? [:]).values) where host != container.id {
        users[host, default: []].append(container)
      }
    }
    self.users = users
  }

  /// Keeps every container whose namespaces one uses that stays: without it the other could never be
  /// started again. One that is kept so can keep others in its turn.
  func keepHosts(in verdicts: inout [ContainerID: ContainerVerdict]) {
    guard !users.isEmpty else { return }
    var hosts = Set(users.keys)
    while let host = hosts.first(where: { isTaken($0, verdicts) }) {
      hosts.remove(host)
      verdicts[host] = .keep(Reason(.inUse, detail: detail(of: host, verdicts)))
    }
    // What uses it first by name may have been kept after it.
    for host in users.keys where !hosts.contains(host) {
      verdicts[host] = .keep(Reason(.inUse, detail: detail(of: host, verdicts)))
    }
  }

  private func isTaken(
    _ host: ContainerID, _ verdicts: [ContainerID: ContainerVerdict]
  ) -> Bool {
    verdicts[host]?.decision == .remove && !users(of: host, verdicts).isEmpty
  }

  /// The containers that stay and use a container's namespaces.
  func users(
    of host: ContainerID, _ verdicts: [ContainerID: ContainerVerdict]
  ) -> [Container] {
    (users[host] ?? []).filter { verdicts[$0.id]?.decision != .remove }
  }

  private func detail(
    of host: ContainerID, _ verdicts: [ContainerID: ContainerVerdict]
  ) -> String {
    guard let user = users(of: host, verdicts).min(by: { $0.name < $1.name }) else { return "" }
    let used = Namespace.allCases.filter { user.hosts?[$0] == host }.map(\.words)
    return "container '\(user.name)' uses its \(used.joined(last: "and"))"
  }
}

extension Namespace {
  fileprivate var words: String {
    switch self {
    case .network: "network"
    case .pid: "PID namespace"
    case .ipc: "IPC namespace"
    }
  }
}
