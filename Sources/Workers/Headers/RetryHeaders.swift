package import Invalidations

/// What a deferral says, as headers of its record on a retry topic. The definitions in `Topics/definitions/` list
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

    /// All headers of the deferral's record.
    package static func headers(of deferral: Deferral, topics: SourceTopics, worker: String) -> [RecordHeader] {
        let note = deferral.note
        precondition(
            (1...Limits.edges).contains(note.parts.count), "a deferral for \(note.parts.count) parts of a request")
        var ours: [(Name, String)] = [
            (.seq, HeaderText.seq(note.origin, topics)),
            (.edges, HeaderText.list(note.parts.map { $0.step.name(of: $0.edge) })),
            (.edgeAttempts, HeaderText.list(note.parts.map { String($0.attempts) })),
            (.attempt, String(note.parts.reduce(0) { $0 + $1.attempts })),
            (.tier, String(deferral.tier)),
            (.notBefore, note.notBefore.text),
            (.deferredAt, note.deferredAt.text),
            (.reason, note.reason.rawValue),
            (.worker, worker),
        ]
        ours += request(deferral.invalidation)
        ours += failure(note)
        // Ours come first: whoever reads takes so many headers of a record and leaves the rest.
        return ours.map { RecordHeader($0.0.rawValue, $0.1) } + stripped(deferral.original.headers)
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

    private static func failure(_ note: RetryNote) -> [(Name, String)] {
        var headers: [(Name, String)] = []
        if let first = note.firstFailedAt { headers.append((.firstFailedAt, first.text)) }
        guard let failure = note.lastFailure else { return headers }
        headers.append((.lastClass, failure.failureClass.rawValue))
        headers.append((.lastError, HeaderText.error(failure.message)))
        if let status = failure.status { headers.append((.lastStatus, String(status))) }
        return headers
    }
}
