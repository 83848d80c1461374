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
        case lastEdge = "cs-last-edge"
        case worker = "cs-worker"
        case run = "cs-run"
        case generation = "cs-generation"
        case redrives = "cs-redrive-count"
        case replayedAt = "cs-replayed-at"
        case statusID = "cs-status-id"
        case runFrom = "cs-run-from"
        case runEpoch = "cs-run-epoch"
    }

    package static let names = Set(Name.allCases.map(\.rawValue))

    /// All headers of the retry record.
    package static func headers(of retryRecord: RetryRecord, topics: SourceTopics, worker: String) -> [RecordHeader] {
        let retry = retryRecord.retry
        precondition(
            (1...Limits.edges).contains(retry.parts.count), "a retry record for \(retry.parts.count) parts of a request"
        )
        let ours =
            common(retry, HeaderText.seq(retry.origin, topics), writer: worker) + [(.tier, String(retryRecord.tier))]
            + request(retryRecord.invalidation) + failure(retry) + (retry.replay.map(replay) ?? [])
        // Ours come first: a reader takes so many headers of a record and leaves those behind.
        return ours.map { RecordHeader($0.0.rawValue, $0.1) } + stripped(retryRecord.original.headers)
    }

    /// What retry records and replayed records say alike.
    static func common(_ retry: RetryMetadata, _ seq: String, writer: String) -> [(Name, String)] {
        let edges = retry.parts.map { $0.step.name(of: $0.edge) }
        return [
            (.seq, seq),
            (.edges, HeaderText.list(edges.isEmpty ? [allEdges] : edges)),
            (.edgeAttempts, HeaderText.list(retry.parts.map { String($0.attempts) })),
            (.attempt, String(retry.parts.reduce(0) { $0 + $1.attempts })),
            (.notBefore, retry.notBefore.text),
            (.deferredAt, retry.deferredAt.text),
            (.reason, retry.reason.rawValue),
            (.worker, writer),
        ]
    }

    /// What stays with a replayed request until it ends.
    static func replay(_ replay: Replay) -> [(Name, String)] {
        var headers: [(Name, String)] = [
            (.run, replay.run),
            (.generation, String(replay.generation)),
            (.redrives, String(replay.redrives)),
            (.replayedAt, replay.replayedAt.text),
        ]
        if let id = replay.statusID { headers.append((.statusID, id.text)) }
        return headers
    }

    /// The headers without ours: what the publisher sent along.
    package static func stripped(_ headers: [RecordHeader]) -> [RecordHeader] {
        headers.isEmpty ? headers : headers.filter { !names.contains($0.name) }
    }

    static func request(_ invalidation: Invalidation) -> [(Name, String)] {
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
        if let edge = retry.lastFailedEdge { headers.append((.lastEdge, edge)) }
        if let status = failure.status { headers.append((.lastStatus, String(status))) }
        return headers
    }
}
