internal import Gateway
internal import Kafka
internal import Runtime
internal import Synchronization

/// Readers that wait until the tail has applied the log up to a position.
///
/// No thread waits: the tail's thread answers them when it has come so far, and the thread that keeps time when theirs
/// is over.
final class PositionGate: Sendable {
    /// What a reader waits for.
    enum Goal {
        /// The next offset of each partition, as the id of the event stream has it.
        case positions([(partition: TopicPartition, offset: Int64)])
        /// All that the log held then: the id is of partitions that this node does not know.
        case end(MonotonicTime)
    }

    private struct Waiter {
        let goal: Goal
        let deadline: MonotonicTime
        let body: @Sendable (_ isReached: Bool) -> Void
    }

    private struct State {
        var layout: PositionLayout?
        var positions: [TopicPartition: Int64] = [:]
        var waiters: [Waiter] = []
        var isOpen = true
        /// Something was applied that `positions` do not tell of.
        var isApplying = false

        func isReached(_ goal: Goal, _ sync: LogSync) -> Bool {
            switch goal {
            case .positions(let wanted):
                wanted.allSatisfy { goal in positions[goal.partition].map { $0 >= goal.offset } ?? false }
            case .end(let time): sync.isSynced(since: time)
            }
        }
    }

    /// Longer than a tail that works takes, and shorter than a page has patience.
    static let patience = Duration.seconds(2)
    static let waitersMax = 1_024

    private let sync: LogSync
    private let streamed: String
    private let state = Mutex(State())

    /// - Parameter streamed: a topic that gateways tell of and this node does not read.
    init(_ sync: LogSync, passingOver streamed: String) {
        (self.sync, self.streamed) = (sync, streamed)
    }

    /// - Parameter layout: of the positions that gateways tell; nil where it is not known.
    func update(_ layout: PositionLayout?) { state.withLock { $0.layout = layout } }

    /// Calls `body` once: as soon as the goal is reached, or when the time is over.
    ///
    /// - Parameter text: the id of an event of the stream.
    /// - Returns: false for what is no such id; then `body` is not called.
    func awaitPosition(_ text: String, _ now: MonotonicTime, _ body: @escaping @Sendable (_ isReached: Bool) -> Void)
        -> Bool
    {
        guard PositionLayout.isText(text) else { return false }
        let isReached: Bool? = state.withLock { state in
            let goal = makeGoal(text, state, now)
            if state.isReached(goal, sync) { return true }
            guard state.isOpen, state.waiters.count < Self.waitersMax else { return false }
            state.waiters.append(Waiter(goal: goal, deadline: now + Self.patience, body: body))
            return nil
        }
        if let isReached { body(isReached) }
        return true
    }

    private func makeGoal(_ text: String, _ state: State, _ now: MonotonicTime) -> Goal {
        guard let layout = state.layout, let offsets = layout.positions(text) else { return .end(now) }
        let wanted = zip(layout.partitions, offsets).filter { $0.0.topic != streamed }
        return .positions(wanted.map { ($0.0, $0.1) })
    }

    /// The tail is about to apply a record.
    func beginApplying() { state.withLock { $0.isApplying = true } }

    /// All that this node has applied, for another node that is to know as much; nil while that is not known.
    func positionText() -> String? {
        state.withLock { state in
            guard !state.isApplying, let layout = state.layout else { return nil }
            var offsets: [Int64] = []
            for partition in layout.partitions {
                guard partition.topic != streamed else {
                    offsets.append(0)
                    continue
                }
                guard let offset = state.positions[partition] else { return nil }
                offsets.append(offset)
            }
            return layout.text(offsets)
        }
    }

    /// All before these positions is applied, and `sync` knows of it.
    func applied(_ positions: [TopicPartition: Int64]) {
        let reached = state.withLock { state in
            state.positions = positions
            state.isApplying = false
            return Self.remove(&state) { $0.isReached($1.goal, sync) }
        }
        for waiter in reached { waiter.body(true) }
    }

    /// Answers those whose time is over.
    func expire(_ now: MonotonicTime) {
        let over = state.withLock { state in Self.remove(&state) { $1.deadline <= now } }
        for waiter in over { waiter.body(false) }
    }

    /// Answers all, and lets nobody wait any more.
    func close() {
        let left = state.withLock { state in
            state.isOpen = false
            return Self.remove(&state) { _, _ in true }
        }
        for waiter in left { waiter.body(false) }
    }

    private static func remove(_ state: inout State, where isMeant: (State, Waiter) -> Bool) -> [Waiter] {
        guard !state.waiters.isEmpty else { return [] }
        let known = state
        let meant = known.waiters.filter { isMeant(known, $0) }
        guard !meant.isEmpty else { return [] }
        state.waiters.removeAll { isMeant(known, $0) }
        return meant
    }
}
