internal import Basics
internal import Crypto
public import Invalidations

/// The headers of a dead letter: where the record stood, what became of it, and the names that other
/// tools read. `Topics/definitions/cachesync.dead.json` lists them; each name occurs once.
public enum DeadLetterHeaders {
    /// - Parameter topic: of the letter's position.
    public static func headers(
        of deadLetter: DeadLetter, topic: String, group: String, worker: String
    ) -> [RecordHeader] {
        let ours =
            index(of: deadLetter, topic, group) + trace(of: deadLetter, worker) + request(of: deadLetter)
            + (deadLetter.replay.map(RetryHeaders.replay) ?? []).map { RecordHeader($0.0.rawValue, $0.1) }
        // What the publisher sent along stays, unless it bears one of our names: then ours is the true one. What a
        // retry record said (when the request comes due, say) is over.
        let names = Set(ours.map(\.name))
        return ours + RetryHeaders.stripped(deadLetter.original.headers).filter { !names.contains($0.name) }
    }

    /// The headers without ours: what the publisher sent along.
    public static func stripped(_ headers: [RecordHeader]) -> [RecordHeader] {
        RetryHeaders.stripped(headers).filter { header in
            !own.contains(header.name) && !header.name.hasPrefix("__dlq.")
        }
    }

    private static let own: Set = [
        "cs-dlq-class", "cs-last-failed-at", "cs-payload-sha256", "kafka_dlt-original-topic", "x-original-topic",
    ]

    private static func index(of deadLetter: DeadLetter, _ topic: String, _ group: String) -> [RecordHeader] {
        let partition = String(deadLetter.position.source.partition)
        let offset = String(deadLetter.position.offset)
        return [
            RecordHeader("cs-seq", "\(topic)/\(partition)/\(offset)"),
            RecordHeader("__dlq.errors.topic", topic),
            RecordHeader("__dlq.errors.partition", partition),
            RecordHeader("__dlq.errors.offset", offset),
            RecordHeader("__dlq.errors.group", group),
            RecordHeader("kafka_dlt-original-topic", topic),
            RecordHeader("x-original-topic", topic),
        ]
    }

    private static func trace(of deadLetter: DeadLetter, _ worker: String) -> [RecordHeader] {
        let attempts = String(deadLetter.failedEdges.reduce(0) { $0 + $1.attempts })
        let error = HeaderText.error(
            deadLetter.failedEdges.last.map { "\($0.edge): \($0.failure.message)" } ?? deadLetter.reason)
        var headers = [
            RecordHeader("cs-attempt", attempts),
            RecordHeader("__dlq.errors.delivery.count", attempts),
            RecordHeader("cs-dlq-class", deadLetter.deadClass.rawValue),
            RecordHeader("cs-last-error", error),
            RecordHeader("__dlq.errors.message", error),
            RecordHeader("cs-first-failed-at", deadLetter.firstFailedAt.text),
            RecordHeader("cs-last-failed-at", deadLetter.lastFailedAt.text),
            RecordHeader("cs-payload-sha256", Hexadecimal.text(SHA256Digest.of(deadLetter.original.value ?? []))),
            RecordHeader("cs-worker", worker),
        ]
        if let status = deadLetter.failedEdges.last?.failure.status {
            headers.append(RecordHeader("cs-last-status", String(status)))
        }
        return headers
    }

    private static func request(of deadLetter: DeadLetter) -> [RecordHeader] {
        guard let invalidation = deadLetter.invalidation else { return [] }
        return [
            RecordHeader("cs-request-id", invalidation.id.text),
            RecordHeader("cs-namespace", invalidation.namespace.name),
            RecordHeader("cs-requested-at", invalidation.requestedAt.text),
            RecordHeader("cs-mode", invalidation.mode.rawValue),
            RecordHeader("cs-edges", HeaderText.list(deadLetter.failedEdges.map(\.edge))),
            RecordHeader("cs-edge-attempts", HeaderText.list(deadLetter.failedEdges.map { String($0.attempts) })),
        ]
    }
}
