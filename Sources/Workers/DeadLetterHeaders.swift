internal import CCrypto
public import Invalidations

/// The headers of a dead letter: where the record stood, what became of it, and the names that other
/// tools read. `Topics/definitions/cachesync.dead.json` lists them; each name occurs once.
public enum DeadLetterHeaders {
    public static func headers(
        of letter: DeadLetter, topic: String, group: String, worker: String
    ) -> [RecordHeader] {
        let seq = "\(topic)/\(letter.position.source.partition)/\(letter.position.offset)"
        let attempts = String(letter.failedEdges.reduce(0) { $0 + $1.attempts })
        let error = bounded(letter.failedEdges.last.map { "\($0.edge): \($0.failure.message)" } ?? letter.reason)
        var headers = [
            RecordHeader("cs-seq", seq),
            RecordHeader("cs-attempt", attempts),
            RecordHeader("cs-dlq-class", letter.deadClass.rawValue),
            RecordHeader("cs-last-error", error),
            RecordHeader("cs-first-failed-at", letter.firstFailedAt.text),
            RecordHeader("cs-last-failed-at", letter.lastFailedAt.text),
            RecordHeader("cs-payload-sha256", sha256(letter.original.value ?? [])),
            RecordHeader("cs-worker", worker),
            RecordHeader("__dlq.errors.topic", topic),
            RecordHeader("__dlq.errors.partition", String(letter.position.source.partition)),
            RecordHeader("__dlq.errors.offset", String(letter.position.offset)),
            RecordHeader("__dlq.errors.group", group),
            RecordHeader("__dlq.errors.delivery.count", attempts),
            RecordHeader("__dlq.errors.message", error),
            RecordHeader("kafka_dlt-original-topic", topic),
            RecordHeader("x-original-topic", topic),
        ]
        if let invalidation = letter.invalidation {
            headers.append(RecordHeader("cs-request-id", invalidation.id.text))
            headers.append(RecordHeader("cs-namespace", invalidation.namespace.name))
            headers.append(RecordHeader("cs-requested-at", invalidation.requestedAt.text))
            headers.append(RecordHeader("cs-mode", invalidation.mode.rawValue))
            headers.append(RecordHeader("cs-edges", letter.failedEdges.map(\.edge).joined(separator: ",")))
        }
        if let status = letter.failedEdges.last?.failure.status {
            headers.append(RecordHeader("cs-last-status", String(status)))
        }
        // What the publisher sent along stays, unless it bears one of our names: then ours is the true one.
        let ours = Set(headers.map(\.name))
        return letter.original.headers.filter { !ours.contains($0.name) } + headers
    }

    private static func bounded(_ text: String) -> String {
        text.utf8.count <= 512 ? text : String(decoding: text.utf8.prefix(500), as: UTF8.self)
    }

    private static func sha256(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(bytes, bytes.count, &digest)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
