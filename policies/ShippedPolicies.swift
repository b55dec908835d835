/// The policies in this folder, compiled into the binary.
package enum ShippedPolicies {
  /// Name (without `.yaml`) and UTF-8 text of each policy, in the order of `balai policy ls`.
  package static var all: [(name: String, text: String)] {
    [
      ("default", PackageResources.default_yaml),
      ("stop-rm-rmi", PackageResources.stop_rm_rmi_yaml),
      ("workstation", PackageResources.workstation_yaml),
      ("ci-runner", PackageResources.ci_runner_yaml),
      ("keep-newest", PackageResources.keep_newest_yaml),
      ("docker-gc", PackageResources.docker_gc_yaml),
      ("docker-custodian", PackageResources.docker_custodian_yaml),
      ("docuum", PackageResources.docuum_yaml),
      ("kubelet", PackageResources.kubelet_yaml),
    ].map { ($0.0, String(decoding: $0.1, as: UTF8.self)) }
  }
}
