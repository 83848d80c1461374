/// Batch completion: the outcome of a batch, as far as it was applied to its entries.
package struct BatchCompletion {
    package let batch: PoolKey
    package let outcome: PurgeOutcome
    private let entries: Int
    /// Entries that it was applied to, …
    package private(set) var taken = 0
    /// … and those of them that are to be sent again, after a pause.
    package private(set) var toResend: [LaneEntry] = []
    package private(set) var pause = Duration.zero

    /// - Parameter entries: of the batch.
    package init(_ batch: PoolKey, _ outcome: PurgeOutcome, entries: Int) {
        self.batch = batch
        self.outcome = outcome
        self.entries = entries
    }

    package var entriesLeft: Int { entries - taken }

    /// It was applied to one more entry.
    package mutating func advance() {
        precondition(taken < entries, "an outcome is applied once to each entry")
        taken += 1
    }

    /// The entry is sent again once the outcome is applied to all.
    package mutating func resend(_ entry: LaneEntry, after pause: Duration) {
        toResend.append(entry)
        self.pause = max(self.pause, pause)
    }
}
