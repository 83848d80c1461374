internal import Invalidations

// Which try of a request a record, a dead letter or a report is about.
extension RetryRecord {
    var attempt: RequestAttempt { RequestAttempt(invalidation.id, retry.replay) }
}

extension DeadLetter {
    /// Nil where the record is no request.
    var attempt: RequestAttempt? { invalidation.map { RequestAttempt($0.id, replay) } }
}

extension RequestReport {
    var attempt: RequestAttempt { RequestAttempt(id, generation: generation) }
}
