/// Completion queue: outcomes of large batches, each applied to a few entries at a time.
///
/// An edge that answers for hundreds of requests at once must not make others wait for all that follows from it, here
/// and at the broker.
package struct CompletionQueue {
    /// The time from one portion to the next, …
    private static let interval = Duration.milliseconds(1)
    private static let share = 32
    /// … and while so many entries wait that a backlog would stand still: larger portions, without a pause.
    private static let many = 1_024
    private static let shareOfMany = 4

    private var waiting = RingBuffer<BatchCompletion>()
    /// Entries that the outcomes have still to be applied to.
    package private(set) var entriesLeft = 0
    private var isTimerSet = false

    package init() {}

    package mutating func append(_ completion: BatchCompletion) {
        waiting.append(completion)
        entriesLeft += completion.entriesLeft
    }

    /// The one that has waited the longest. One that is not over then is appended again.
    package mutating func next() -> BatchCompletion? {
        guard let completion = waiting.popFirst() else { return nil }
        entriesLeft -= completion.entriesLeft
        precondition(entriesLeft >= 0, "more entries taken than came")
        return completion
    }

    /// Actions that one portion may have.
    package func portion(min least: Int) -> Int {
        max(least, entriesLeft / (entriesLeft < Self.many ? Self.share : Self.shareOfMany))
    }

    /// - Returns: the time to the next portion; nil where its timer is set, or nothing waits.
    package mutating func setTimer() -> Duration? {
        guard !isTimerSet, !waiting.isEmpty else { return nil }
        isTimerSet = true
        return entriesLeft < Self.many ? Self.interval : .nanoseconds(1)
    }

    package mutating func timerCame() { isTimerSet = false }
}
