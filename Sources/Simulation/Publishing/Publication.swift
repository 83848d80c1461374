internal import Invalidations

/// One thing that a publisher will say: most often a request, sometimes rubbish.
struct Publication {
    /// Its place among all of a run; also the request's number.
    let number: Int
    /// When the publisher makes it, in true time.
    let time: SimulatedTime
    /// The place of its namespace in the scenario.
    let namespace: Int
    let priority: Priority
    let original: OriginalRecord
    let content: Result<Invalidation, InvalidationError>

    var invalidation: Invalidation? { try? content.get() }
}
