import Inventory
import Policy

extension KeptObject {
  /// Everything that stays: containers and images, and what else the policy may remove, each kind
  /// sorted by what people call it.
  static func all(
    _ snapshot: Snapshot, _ verdicts: Verdicts, _ policy: RetentionPolicy
  ) -> [KeptObject] {
    var kept = sorted(snapshot.containers) { container in
      (.container(container.id), container.name, verdicts.containers[container.id]?.keepReason)
    }
    kept += sorted(snapshot.images) { image in
      (.image(image.id), image.title, verdicts.images[image.id]?.keepReason)
    }
    if policy.removesVolumes {
      kept += sorted(snapshot.volumes) { volume in
        (.volume(volume.name), volume.name, verdicts.volumes[volume.name]?.keepReason)
      }
    }
    if policy.removesNetworks {
      kept += sorted(snapshot.networks) { network in
        (.network(network.id), network.name, verdicts.networks[network.id]?.keepReason)
      }
    }
    if policy.removesBuildCache {
      kept += sorted(snapshot.buildCache ?? []) { record in
        (.buildCache(record.id), record.title, verdicts.buildCache[record.id]?.keepReason)
      }
    }
    return kept
  }

  private static func sorted<Value>(
    _ values: [Value], _ describe: (Value) -> (ObjectID, String, Reason?)
  ) -> [KeptObject] {
    values.compactMap { value in
      let (object, title, reason) = describe(value)
      return reason.map { KeptObject(object: object, title: title, reason: $0) }
    }.sorted { ($0.title, $0.object) < ($1.title, $1.object) }
  }
}

extension ContainerVerdict {
  fileprivate var keepReason: Reason? {
    if case .keep(let reason) = self { reason } else { nil }
  }
}

extension ImageVerdict {
  fileprivate var keepReason: Reason? {
    if case .keep(let reason) = self { reason } else { nil }
  }
}

extension ObjectVerdict {
  fileprivate var keepReason: Reason? {
    if case .keep(let reason) = self { reason } else { nil }
  }
}
