internal import Basics
internal import Caches
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Synchronization
internal import TopicCatalogue

/// Reads the records of rollouts, and checks their guards, on a thread of its own.
final class RolloutTail: Sendable {
    private static let recordsMax = 500
    private static let idleMax = Duration.milliseconds(100)
    private static let checkInterval = Duration.milliseconds(500)

    private let states: RolloutStates
    private let guardian: RolloutGuardian
    private let rollouts: RolloutLog
    private let didApply: @Sendable (Namespace) -> Void
    private let log: Log
    private let wake: WakePipe
    private let isOpen = Atomic(true)
    private let trouble = Mutex<String?>("it was not read yet")

    /// - Parameter didApply: called for each record that counts.
    init(
        _ rollouts: RolloutLog, _ states: RolloutStates, log: Log,
        didApply: @escaping @Sendable (Namespace) -> Void
    ) throws {
        (self.rollouts, self.states, self.log, self.didApply) = (rollouts, states, log, didApply)
        guardian = RolloutGuardian(states: states, rollouts: rollouts, log: log)
        wake = try WakePipe()
    }

    /// Why the node does not know the rollouts; nil where it does.
    var fault: String? {
        guard !states.isComplete else { return nil }
        return trouble.withLock { $0 }.map {
            "\(TopicName.cacheRollout) is not read: \($0); `cachesync topics apply` makes the topic where it is missing"
        }
    }

    /// Works until `close()`, on the calling thread.
    func run() {
        let reader = TailReader(
            rollouts.kafka, topics: [TopicName.cacheRollout], wake: wake, log: log, beginsAtStart: true)
        var refusals = ThrottledLog(log)
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(5))
        var nextCheck = MonotonicTime.now()
        var overruled = OverruledRecords()
        defer { reader.close() }
        while isOpen.load(ordering: .acquiring) {
            wake.drain()
            do {
                if !reader.isConnected { _ = try reader.connect() }
                let isEmpty = try read(reader, &overruled)
                backoff.reset()
                if states.isComplete, MonotonicTime.now() >= nextCheck {
                    guardian.check()
                    nextCheck = .now() + Self.checkInterval
                }
                if isEmpty { wake.waitForWake(atMost: Self.idleMax) }
            } catch {
                refusals.warning("the rollouts cannot be read, and the cache tries again", ["error": "\(error)"])
                trouble.withLock { $0 = "\(error)" }
                reader.close()
                wake.waitForWake(atMost: backoff.next())
            }
        }
    }

    func close() {
        isOpen.store(false, ordering: .releasing)
        wake.wake()
    }

    /// - Returns: false when more may be waiting.
    private func read(_ reader: TailReader, _ overruled: inout OverruledRecords) throws -> Bool {
        let isEmpty = try reader.read(max: Self.recordsMax) { record in
            let key = record.key.map { String(decoding: $0, as: UTF8.self) }
            guard let namespace = key.flatMap({ Namespace($0) }),
                let form = record.value.flatMap({ RolloutRecordForm(Array($0)) })
            else { return log.warning("a record of rollouts is none", ["offset": record.offset]) }
            guard states.apply(form, of: namespace, offset: record.offset) else {
                if states.known(namespace) != nil {
                    overruled.add(namespace, isOwn: form.node == rollouts.node, .now())
                }
                return log.info(
                    "a rollout was changed by others first", ["namespace": namespace.name, "offset": record.offset])
            }
            log.info(
                "a rollout changes",
                [
                    "namespace": namespace.name, "phase": form.record.phase.rawValue, "by": form.record.by,
                    "reason": form.record.reason ?? "",
                ])
            overruled.settle(namespace)
            didApply(namespace)
        }
        let partition = TopicPartition(TopicName.cacheRollout, 0)
        if let next = reader.positions[partition] {
            states.advance(to: next)
            if next >= reader.ends[partition] ?? 0 { states.complete() }
        }
        if isEmpty, states.isComplete {
            for namespace in overruled.due(.now()) {
                try restore(namespace)
                overruled.settle(namespace)
            }
        }
        return isEmpty
    }

    /// Writes the record that counts once more, behind one that does not: compaction keeps the last one.
    private func restore(_ namespace: Namespace) throws {
        guard let known = states.known(namespace) else { return }
        _ = try rollouts.publish(RolloutRecordForm(known.record, after: known.version), of: namespace)
    }
}
