internal import Caches
internal import Invalidations
internal import Runtime

/// Steps back where a guard of a rollout is broken.
///
/// Each node looks at what it has seen itself. If several step back, the log lets the first one count.
struct RolloutGuardian: Sendable {
    let states: RolloutStates
    let rollouts: RolloutLog
    let log: Log

    /// Blocks while a record is stored.
    func check() {
        for (namespace, known) in states.allActive {
            let (record, figures) = (known.record, known.counts.snapshot.figures)
            guard let fault = record.guards.fault(figures), let next = Self.record(after: record, fault) else {
                continue
            }
            log.warning("a guard of a rollout is broken", ["namespace": namespace.name, "reason": fault])
            do {
                let offset = try rollouts.publish(RolloutRecordForm(next, after: known.version), of: namespace)
                log.warning("the rollout steps back", ["namespace": namespace.name, "offset": offset])
            } catch {
                log.error("the rollout could not step back", ["namespace": namespace.name, "error": "\(error)"])
            }
        }
    }

    /// Comparing harms no client, and the phase before it has no guards to look at: the shadow's share becomes none.
    ///
    /// - Returns: nil where there is nothing to step back from.
    private static func record(after record: RolloutRecord, _ fault: String) -> RolloutRecord? {
        if record.phase == .shadow, record.reads == .none { return nil }
        let order: RolloutOrder =
            record.phase == .shadow ? .shadow(.none) : record.guards.action == .stop ? .stop : .back
        return try? RolloutRecord.following(
            record, order, salt: record.salt, by: "guard", reason: fault, at: .now())
    }
}
