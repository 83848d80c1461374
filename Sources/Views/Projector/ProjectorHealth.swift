internal import Invalidations
internal import Synchronization

/// Whether a view is kept up to date, as its projector knows it; told from the projector's thread, asked from any.
final class ProjectorHealth: Sendable {
    private struct State {
        var trouble: String? = "the projector has not started"
        /// The time whose progress is all folded; nil if there was none yet.
        var asOf: Timestamp?
    }

    private let lagMax: Duration
    private let state = Mutex(State())

    init(lagMax: Duration) {
        self.lagMax = lagMax
    }

    /// - Parameter trouble: nil when all is well again.
    func report(_ trouble: String?) {
        state.withLock { $0.trouble = trouble }
    }

    /// Everything up to that time is folded.
    func caughtUp(at time: Timestamp) {
        state.withLock { $0.asOf = time }
    }

    /// - Returns: nil while all is well.
    func problem(now: Timestamp) -> String? {
        let state = state.withLock { $0 }
        if let trouble = state.trouble { return trouble }
        return ViewAge.problem(asOf: state.asOf, now: now, max: lagMax)
    }
}
