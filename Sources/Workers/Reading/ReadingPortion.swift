/// How many records a worker takes from the log before anything else gets its turn.
public struct ReadingPortion: Hashable, Sendable {
    /// In all. Many, because what is read together is purged together: a backlog takes fewer calls.
    public var records = 1_000
    /// Of them, from retry topics. Few: nobody waits for them, they cost more than others, and somebody's first attempt
    /// may come behind them.
    public var retries = 32

    public init() {}
}
