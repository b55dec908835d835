/// Options of `docker create` that a seed chooses, of all kinds that a container can be told.
///
/// They suit an image that `RandomContainer.image` describes, and need the networks of `networks`.
package struct RandomContainer: Sendable {
  package let options: [String]
  package let image: String
  package let command: [String]
  /// Connected after the creation: a network and the options of `docker network connect`.
  package let connections: [(network: String, options: [String])]
  package let life: StoreBuilder.ContainerLife
  package var isPrivileged: Bool { options.contains("--privileged") }

  /// An image that brings an entry point, a volume, a port, a health check, a user and more.
  package static let image = """
    FROM base:1
    ENTRYPOINT ["/bin/busybox"]
    CMD ["sleep", "99999"]
    ENV FROM_IMAGE=yes A=image
    VOLUME /image-data
    EXPOSE 80/tcp
    LABEL image=rich a=image
    HEALTHCHECK --interval=1h CMD true
    STOPSIGNAL KILL
    WORKDIR /work
    """

  /// - Parameters:
  ///   - peer: A running container whose namespaces and volumes can be borrowed.
  ///   - networks: Two user-defined networks; the first has the subnet `<prefix>.0/24`.
  package init(
    seed: UInt64, named name: String, peer: String, networks: [String], prefix: String
  ) {
    var random = SeededGenerator(seed: seed)
    var options = ["--name", name, "--stop-signal", "KILL"]
    life = random.pick([.created, .exited, .running, .running, .paused])
    options += Self.identity(&random) + Self.limits(&random)
    options += Self.security(&random, mayBePrivileged: life == .created)
    options += Self.volumes(&random, named: name, peer: peer)
    let address = "\(prefix).\(20 + seed % 200)"
    let network = Self.network(&random, peer: peer, networks: networks, address: address)
    options += network.options
    // None of these can be had together with another's network.
    if !network.isBorrowed {
      options += random.some(["--publish=127.0.0.1::8080", "--expose=9999/udp"])
    }
    if !network.isBorrowed, random.chance(oneIn: 3) { options += ["--hostname", "host-\(seed)"] }
    if !network.isBorrowed, random.chance(oneIn: 3) {
      options += ["--add-host", "elsewhere:10.1.2.3", "--dns", "10.9.9.9"]
    }
    image = random.pick(["base:1", "rich:1"])
    let ends = life == .exited
    switch (image, random.pick([0, 1, 2])) {
    case ("rich:1", 0):
      options += ["--entrypoint", ""]
      command = ends ? ["true"] : ["sleep", "99999"]
    case ("rich:1", 1): command = ends ? ["true"] : []
    case (_, 2):
      options += ["--entrypoint", "/bin/sh"]
      command = ["-c", ends ? "exit 3" : "sleep 99999"]
    case ("rich:1", _): command = ends ? ["true"] : ["sleep", "99999"]
    default: command = ends ? ["/bin/false"] : ["/bin/sleep", "99999"]
    }
    self.options = options
    connections = network.connections
  }

  private static func identity(_ random: inout SeededGenerator) -> [String] {
    var options = random.some([
      "--env=A=1", "--env=EMPTY=", "--env=Q=a \"b\" \\ /ü", "--label=a=b",
      "--label=with=\u{1F9F9} <x>",
      "--user=0:0", "--workdir=/tmp", "--tty", "--interactive", "--init",
      "--domainname=example.org",
      "--stop-timeout=7", "--log-opt=max-size=\(1 + random.next() % 9)m",
      "--group-add=7", "--attach=STDOUT",
    ])
    options += random.pick([
      [], ["--restart=no"], ["--restart=on-failure:3"], ["--restart=unless-stopped"],
    ])
    options += random.pick([
      [], ["--no-healthcheck"],
      ["--health-cmd=true", "--health-interval=3600s", "--health-retries=5"],
    ])
    return options
  }

  private static func limits(_ random: inout SeededGenerator) -> [String] {
    random.some([
      "--memory=\(64 + random.next() % 64)m", "--cpu-shares=\(2 + random.next() % 1000)",
      "--pids-limit=\(50 + random.next() % 1000)", "--ulimit=nofile=100:200", "--ulimit=core=0",
      "--oom-score-adj=\(random.next() % 500)", "--shm-size=\(1 + random.next() % 64)m",
      "--cpuset-cpus=0",
    ])
      + random.pick([
        [], ["--cpus=0.\(1 + random.next() % 9)"], ["--cpu-quota=\(5000 + random.next() % 9000)"],
      ])
  }

  /// - Parameter mayBePrivileged: such a container starts only where the engine has all rights.
  private static func security(
    _ random: inout SeededGenerator, mayBePrivileged: Bool
  ) -> [String] {
    random.pick([
      [], mayBePrivileged ? ["--privileged"] : [], ["--cap-add=NET_ADMIN", "--cap-drop=MKNOD"],
      ["--cap-drop=ALL"],
    ])
      + random.some(
        [
          "--read-only", "--device=/dev/null:/dev/other", "--security-opt=no-new-privileges",
          "--ipc=shareable", "--device-cgroup-rule=c 1:3 mr",
        ], oneIn: 3)
  }

  private static func volumes(
    _ random: inout SeededGenerator, named name: String, peer: String
  ) -> [String] {
    random.some([
      "--volume=/anonymous", "--volume=\(name)-data:/data", "--volume=\(name)-read:/read:ro",
      "--volume=/tmp:/host-tmp:ro", "--mount=type=volume,dst=/unnamed/",
      "--mount=type=volume,dst=/unnamed-bare,volume-nocopy",
      "--mount=type=volume,src=\(name)-mounted,dst=/mounted,volume-label=x=y",
      "--mount=type=bind,src=/usr,dst=/host-usr,readonly", "--tmpfs=/scratch:size=1m",
      "--mount=type=tmpfs,dst=/scratch2,tmpfs-size=1000000", "--volumes-from=\(peer):ro",
    ])
  }

  private static func network(
    _ random: inout SeededGenerator, peer: String, networks: [String], address: String
  ) -> (options: [String], connections: [(String, [String])], isBorrowed: Bool) {
    var options = random.some(["--pid=container:\(peer)"], oneIn: 4)
    if random.chance(oneIn: 4) {
      return (options + ["--network=container:\(peer)"], [], true)
    }
    if random.chance(oneIn: 4) {
      return (options + ["--network=none", "--sysctl=net.ipv4.ip_forward=1"], [], false)
    }
    options += ["--network", networks[0]]
    options += random.some(["--ip=\(address)", "--network-alias=one", "--network-alias=two"])
    options += random.some([
      "--link=\(peer):linked", "--mac-address=02:00:00:00:01:\(random.hex(2))",
    ])
    var connections: [(String, [String])] = []
    if random.chance(oneIn: 2) {
      connections = [(networks[1], random.some(["--alias=three", "--link=\(peer):p"]))]
    }
    return (options, connections, false)
  }
}
