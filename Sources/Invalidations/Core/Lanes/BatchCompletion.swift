/// Batch completion: the outcome of a batch, as far as it was applied to its entries.
struct BatchCompletion {
    let batch: PoolKey
    let outcome: PurgeOutcome
    /// Entries that it was applied to, …
    var taken = 0
    /// … and those of them that are to be sent again, after a pause.
    var toResend: [LaneEntry] = []
    var pause = Duration.zero

    init(_ batch: PoolKey, _ outcome: PurgeOutcome) {
        self.batch = batch
        self.outcome = outcome
    }
}
