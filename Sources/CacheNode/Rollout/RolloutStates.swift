internal import Caches
internal import Dispatch
internal import Invalidations
internal import Synchronization

/// The rollouts in force, by namespace, as the log says.
///
/// A record counts only if it was decided on the one before it. So of two nodes that step back at the same time one
/// does, and the log decides which: all nodes read the same order. A copy of the one in force counts as well: several
/// nodes may write it once more, behind one that does not count.
final class RolloutStates: Sendable {
    struct Known: Sendable {
        let record: RolloutRecord
        /// Offset of the record.
        let version: Int64
        let counts: RolloutCounts
    }

    private struct State {
        var known: [Namespace: Known] = [:]
        var isComplete = false
        /// The log is read up to here.
        var next: Int64 = 0
        var waiters: [(offset: Int64, signal: DispatchSemaphore)] = []
    }

    /// A log that anybody may write to must not fill the memory.
    private static let namespacesMax = 4_096

    private let state = Mutex(State())

    /// Whether the log was read up to its end once. Before that a node does not know who is to answer.
    var isComplete: Bool { state.withLock { $0.isComplete } }

    func complete() { state.withLock { $0.isComplete = true } }

    /// Nil where a namespace never had a rollout.
    func known(_ namespace: Namespace) -> Known? { state.withLock { $0.known[namespace] } }

    /// The rollout of a namespace; nil where it has none.
    func active(_ namespace: Namespace) -> Known? {
        known(namespace).flatMap { $0.record.phase == .off ? nil : $0 }
    }

    var allActive: [(namespace: Namespace, known: Known)] {
        state.withLock { state in
            state.known.filter { $0.value.record.phase != .off }.map { (namespace: $0.key, known: $0.value) }
        }
    }

    /// - Returns: whether the record counts.
    @discardableResult
    func apply(_ form: RolloutRecordForm, of namespace: Namespace, offset: Int64) -> Bool {
        state.withLock { state in
            let old = state.known[namespace]
            guard old != nil || state.known.count < Self.namespacesMax else { return false }
            // Compaction may have removed what the first one was decided on.
            guard old.map({ form.after == $0.version || form.record == $0.record }) ?? true else { return false }
            let counts = old?.counts ?? RolloutCounts()
            if form.record != old?.record { counts.reset() }
            state.known[namespace] = Known(record: form.record, version: offset, counts: counts)
            return true
        }
    }

    /// All records before `next` are applied.
    func advance(to next: Int64) {
        let over = state.withLock { state in
            state.next = next
            let over = state.waiters.filter { $0.offset < next }
            state.waiters.removeAll { $0.offset < next }
            return over
        }
        for waiter in over { waiter.signal.signal() }
    }

    /// Blocks until a record is applied, or passed over.
    ///
    /// - Returns: false where that did not happen in time.
    func waitUntilApplied(_ offset: Int64, atMost limit: DispatchTimeInterval) -> Bool {
        let signal = DispatchSemaphore(value: 0)
        let isApplied = state.withLock { state in
            if offset < state.next { return true }
            state.waiters.append((offset, signal))
            return false
        }
        return isApplied || signal.wait(timeout: .now() + limit) == .success
    }
}
