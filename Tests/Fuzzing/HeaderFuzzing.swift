import Invalidations
import Workers

/// Headers of retry records, and of dead letters made of them.
enum HeaderFuzzing {
    private static let topics = SourceTopics(tiers: 4)
    private static let source = SourcePartition(tier: 0, partition: 3)
    private static let time = Timestamp(milliseconds: 1_790_000_000_000)

    /// What can be read can be written, and says the same when it is read again.
    static func readRetry(_ bytes: UnsafeRawBufferPointer) {
        let headers = headers(bytes)
        guard
            let (retry, requestedAt) = RetryHeaders.read(
                headers, from: source, writtenAt: time, topics: topics, now: time)
        else { return }
        let retryRecord = RetryRecord(
            tier: 0, partition: source.partition,
            original: OriginalRecord(key: nil, value: nil, headers: headers),
            invalidation: invalidation(requestedAt), retry: retry)
        let written = RetryHeaders.headers(of: retryRecord, topics: topics, worker: "fuzzing")
        let repeated = RetryHeaders.read(written, from: source, writtenAt: time, topics: topics, now: time)
        precondition(repeated?.retry == retry, "a retry record changes on its way")
        precondition(repeated?.requestedAt == requestedAt, "a request's time changes on its way")
    }

    /// Ours stand there once, whatever the publisher sent along.
    static func readDeadLetter(_ bytes: UnsafeRawBufferPointer) {
        let headers = headers(bytes)
        let message = headers.first.map { String(decoding: $0.value ?? [], as: UTF8.self) } ?? ""
        let failure = PurgeFailure(.transient, message, status: headers.count)
        let deadLetter = DeadLetter(
            deadClass: .exhausted, position: RecordPosition(source: source, offset: Int64(bytes.count)),
            original: OriginalRecord(key: nil, value: Array(bytes), headers: headers), invalidation: invalidation(time),
            failedEdges: [DeadLetter.FailedEdge(edge: "edge", attempts: headers.count, failure: failure)],
            reason: message, firstFailedAt: time, lastFailedAt: time)
        let written = DeadLetterHeaders.headers(of: deadLetter, topic: "cachesync.dead", group: "g", worker: "w")
        for name in ["cs-seq", "cs-dlq-class", "cs-last-error", "cs-request-id", "__dlq.errors.topic"] {
            precondition(written.count { $0.name == name } == 1, "\(name) does not stand there once")
        }
        let error = written.first { $0.name == "cs-last-error" }?.value ?? []
        precondition(error.count <= 512 && String(validating: error, as: UTF8.self) != nil, "an error text is not cut")
    }

    private static func headers(_ bytes: UnsafeRawBufferPointer) -> [RecordHeader] {
        FuzzInput(bytes, hasFirst: false).fields.map { RecordHeader(name: $0.name, value: $0.value) }
    }

    private static func invalidation(_ requestedAt: Timestamp) -> Invalidation {
        Invalidation(
            id: RequestID(high: 1, low: 2), namespace: .fuzzing, selectors: Selectors(tags: ["a"]),
            requestedAt: requestedAt)
    }
}

extension Namespace {
    static var fuzzing: Namespace {
        guard let namespace = Namespace("shop") else { preconditionFailure("a good name is refused") }
        return namespace
    }
}
