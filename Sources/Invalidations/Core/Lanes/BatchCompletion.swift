/// Batch completion: the outcome of a batch, as far as it was applied to its entries.
struct BatchCompletion {
    let batch: PoolKey
    let outcome: PurgeOutcome
    private let entries: Int
    /// Entries that it was applied to, …
    private(set) var taken = 0
    /// … and those of them that are to be sent again, after a pause.
    private(set) var toResend: [LaneEntry] = []
    private(set) var pause = Duration.zero

    /// - Parameter entries: of the batch.
    init(_ batch: PoolKey, _ outcome: PurgeOutcome, entries: Int) {
        self.batch = batch
        self.outcome = outcome
        self.entries = entries
    }

    var entriesLeft: Int { entries - taken }

    /// It was applied to one more entry.
    mutating func advance() {
        precondition(taken < entries, "an outcome is applied once to each entry")
        taken += 1
    }

    /// The entry is sent again once the outcome is applied to all.
    mutating func resend(_ entry: LaneEntry, after pause: Duration) {
        toResend.append(entry)
        self.pause = max(self.pause, pause)
    }
}
