/// The outcome of a flight, on its way to the entries on board.
struct BatchCompletion {
    let inFlightBatch: PoolKey
    let outcome: PurgeOutcome
    /// Entries that have learnt of it, …
    var taken = 0
    /// … and those of them that are to be sent again, after a pause.
    var again: [LaneEntry] = []
    var pause = Duration.zero

    init(_ inFlightBatch: PoolKey, _ outcome: PurgeOutcome) {
        self.inFlightBatch = inFlightBatch
        self.outcome = outcome
    }
}
