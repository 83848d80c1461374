internal import Kafka
internal import Runtime
internal import Synchronization

/// How well a node knows the log, for all its threads.
///
/// One thread asks the brokers where the log ends, another applies what the log says. Once all is applied up to an end,
/// the node knows all that was written before that question. It is no matter whether Kafka, the network or the node is
/// slow: the time of that question says how old the node's knowledge is.
final class LogSync: Sendable {
    private struct Question {
        let ends: [TopicPartition: Int64]
        let askedAt: MonotonicTime
    }

    private struct State {
        /// Questions whose ends are not reached yet, the oldest first.
        var questions: [Question] = []
        var failure = "the log was not read yet"
    }

    /// More than are asked within the longest lag that counts. Beyond, questions are passed over.
    private static let questionsMax = 128
    private static let never = Int64.min

    let lagMax: Duration
    private let syncedAt = Atomic<Int64>(never)
    private let state = Mutex(State())

    init(lagMax: Duration) {
        self.lagMax = lagMax
    }

    /// Whether entries may be answered and stored.
    func isSynced(_ now: MonotonicTime) -> Bool {
        let synced = syncedAt.load(ordering: .acquiring)
        return synced != Self.never && now - MonotonicTime(nanoseconds: synced) <= lagMax
    }

    /// Whether all is applied that the log held at that time.
    func isSynced(since time: MonotonicTime) -> Bool {
        let synced = syncedAt.load(ordering: .acquiring)
        return synced != Self.never && MonotonicTime(nanoseconds: synced) >= time
    }

    /// How old the node's knowledge is; nil before it has any.
    func lag(_ now: MonotonicTime) -> Duration? {
        let synced = syncedAt.load(ordering: .acquiring)
        return synced == Self.never ? nil : now - MonotonicTime(nanoseconds: synced)
    }

    /// Why entries may not be answered; nil where they may.
    func fault(_ now: MonotonicTime) -> String? {
        guard !isSynced(now) else { return nil }
        let failure = state.withLock { $0.failure }
        guard let lag = lag(now) else { return "not in step with the log yet: \(failure)" }
        return "not in step with the log for \(lag.components.seconds) s: \(failure)"
    }

    /// The brokers have said where the log ends.
    func asked(_ ends: [TopicPartition: Int64], at askedAt: MonotonicTime) {
        state.withLock { state in
            guard state.questions.count < Self.questionsMax else { return }
            state.questions.append(Question(ends: ends, askedAt: askedAt))
        }
    }

    func failed(_ reason: String) {
        state.withLock { $0.failure = reason }
    }

    /// All before these positions is applied.
    ///
    /// - Returns: false where the log has partitions that nobody reads.
    func applied(_ positions: [TopicPartition: Int64]) -> Bool {
        state.withLock { state in
            while let question = state.questions.first {
                guard question.ends.keys.allSatisfy({ positions[$0] != nil }) else { return false }
                let behind = question.ends.reduce(Int64(0)) { sum, end in
                    sum.addingReportingOverflow(max(0, end.value - (positions[end.key] ?? 0))).partialValue
                }
                guard behind == 0 else {
                    state.failure = "\(behind) records are not applied yet"
                    return true
                }
                syncedAt.store(question.askedAt.nanoseconds, ordering: .releasing)
                state.failure = "the log was not read lately"
                state.questions.removeFirst()
            }
            return true
        }
    }

    /// The log is read from another place: ends from before say nothing.
    func restart() {
        state.withLock { $0.questions = [] }
    }
}
