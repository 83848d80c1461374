internal import Runtime
internal import Synchronization

/// Writes whose clients wait for an answer, each for a bounded time.
final class UnansweredWrites: Sendable {
    typealias Answer = @Sendable (CacheWrite.Outcome) -> Void

    private struct Waiting {
        let deadline: MonotonicTime
        let answer: Answer
    }

    private struct State {
        var waiting: [UInt64: Waiting] = [:]
        var last: UInt64 = 0
    }

    private let timeout: Duration
    private let state = Mutex(State())

    init(timeout: Duration) {
        self.timeout = timeout
    }

    /// - Returns: what answers the client: once, and only before its time is over.
    func add(_ answer: @escaping Answer) -> Answer {
        let token = state.withLock { state in
            state.last += 1
            state.waiting[state.last] = Waiting(deadline: .now() + timeout, answer: answer)
            return state.last
        }
        return { [self] outcome in
            state.withLock { $0.waiting.removeValue(forKey: token) }?.answer(outcome)
        }
    }

    /// Answers those whose time is over.
    func expire(_ now: MonotonicTime) {
        answerAll("the log did not answer in \(timeout)") { $0.deadline <= now }
    }

    /// Answers all.
    func close() { answerAll("the node ends") { _ in true } }

    private func answerAll(_ reason: String, where isOver: (Waiting) -> Bool) {
        let over = state.withLock { state in
            let over = state.waiting.filter { isOver($0.value) }
            for token in over.keys { state.waiting[token] = nil }
            return over.values.map(\.answer)
        }
        for answer in over { answer(.unknown(reason)) }
    }
}
