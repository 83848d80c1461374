package import Invalidations

/// Retry headers: what a retry record says, as headers on a retry topic. The definitions in `Topics/definitions/` list
/// them; each occurs once, because it replaces what the record had before.
package enum RetryHeaders {
    package enum Name: String, CaseIterable {
        case requestID = "cs-request-id"
        case seq = "cs-seq"
        case requestedAt = "cs-requested-at"
        case expiresAt = "cs-expires-at"
        case namespace = "cs-namespace"
        case mode = "cs-mode"
        case edges = "cs-edges"
        case edgeAttempts = "cs-edge-attempts"
        case attempt = "cs-attempt"
        case tier = "cs-tier"
        case notBefore = "cs-not-before"
        case deferredAt = "cs-deferred-at"
        case reason = "cs-defer-reason"
        case firstFailedAt = "cs-first-failed-at"
        case lastStatus = "cs-last-status"
        case lastError = "cs-last-error"
        case lastClass = "cs-last-class"
        case worker = "cs-worker"
    }

    package static let names = Set(Name.allCases.map(\.rawValue))

    /// All headers of the retry record.
    package static func headers(of retryRecord: RetryRecord, topics: SourceTopics, worker: String) -> [RecordHeader] {
        let retry = retryRecord.retry
        precondition(
            (1...Limits.edges).contains(retry.parts.count), "a retry record for \(retry.parts.count) parts of a request"
        )
        var ours: [(Name, String)] = [
            (.seq, HeaderText.seq(retry.origin, topics)),
            (.edges, HeaderText.list(retry.parts.map { $0.step.name(of: $0.edge) })),
            (.edgeAttempts, HeaderText.list(retry.parts.map { String($0.attempts) })),
            (.attempt, String(retry.parts.reduce(0) { $0 + $1.attempts })),
            (.tier, String(retryRecord.tier)),
            (.notBefore, retry.notBefore.text),
            (.deferredAt, retry.deferredAt.text),
            (.reason, retry.reason.rawValue),
            (.worker, worker),
        ]
        ours += request(retryRecord.invalidation)
        ours += failure(retry)
        // Ours come first: a reader takes so many headers of a record and leaves those behind.
        return ours.map { RecordHeader($0.0.rawValue, $0.1) } + stripped(retryRecord.original.headers)
    }

    /// The headers without ours: what the publisher sent along.
    package static func stripped(_ headers: [RecordHeader]) -> [RecordHeader] {
        headers.isEmpty ? headers : headers.filter { !names.contains($0.name) }
    }

    private static func request(_ invalidation: Invalidation) -> [(Name, String)] {
        var headers: [(Name, String)] = [
            (.requestID, invalidation.id.text),
            (.namespace, invalidation.namespace.name),
            (.requestedAt, invalidation.requestedAt.text),
            (.mode, invalidation.mode.rawValue),
        ]
        if let expiry = invalidation.expiresAt { headers.append((.expiresAt, expiry.text)) }
        return headers
    }

    private static func failure(_ retry: RetryMetadata) -> [(Name, String)] {
        var headers: [(Name, String)] = []
        if let first = retry.firstFailedAt { headers.append((.firstFailedAt, first.text)) }
        guard let failure = retry.lastFailure else { return headers }
        headers.append((.lastClass, failure.failureClass.rawValue))
        headers.append((.lastError, HeaderText.error(failure.message)))
        if let status = failure.status { headers.append((.lastStatus, String(status))) }
        return headers
    }
}
