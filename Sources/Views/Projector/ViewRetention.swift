public import Invalidations

/// How long a view keeps what it has heard of for the last time.
public struct ViewRetention: Sendable {
    /// No shorter for open requests: the retry topics keep records for less, so no worker can end them any more.
    public static let openMin = Duration.seconds(15 * 86_400)

    /// Requests that have completed or failed.
    public var ended = Duration.seconds(7 * 86_400)
    /// All others.
    public var open = ViewRetention.openMin
    /// Replays' own rows after their end: their run is over, and nobody else has their ids.
    public var replays = Duration.seconds(86_400)
    /// Runs that are over.
    public var runs = Duration.seconds(90 * 86_400)

    /// Counts of minutes: a day is told, and what is being counted is not taken away at its end.
    private static let minutes = Duration.seconds(25 * 3_600)

    public init() {}

    /// What was heard of for the last time before these times goes.
    public func horizons(at now: Timestamp) -> ViewWriter.Horizons {
        func horizon(_ age: Duration) -> Timestamp { now + -Int64(age / .milliseconds(1)) }
        return ViewWriter.Horizons(
            ended: horizon(ended), endedReplays: horizon(replays), silent: horizon(open), runs: horizon(runs),
            minutes: horizon(Self.minutes)...now + Int64(Self.minutes / .milliseconds(1)))
    }
}
