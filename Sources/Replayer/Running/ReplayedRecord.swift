internal import Crypto
internal import Invalidations

/// Record that a run publishes once more, with its metadata.
struct ReplayedRecord {
    var metadata: RetryMetadata
    /// Nil where the value cannot be decoded here; a worker may know better.
    var invalidation: Invalidation?
    /// Key, value and the publisher's own headers.
    var original: OriginalRecord
    /// Whose status tells of it; nil where no id can be read.
    var identity: RequestIdentity?
    /// Later requests have purged all that it names.
    var isSuperseded = false
}

extension ReplayedRecord {
    /// Names of edges and of their second purges; none for all that serve the namespace.
    var edges: [String] { metadata.parts.map { $0.step.name(of: $0.edge) } }
}

extension RetryMetadata {
    /// Of what a run publishes: it is due at once, and all attempts begin anew.
    ///
    /// - Parameter edges: names of edges and of their second purges.
    init(replaying origin: RecordPosition, edges: [String], _ replay: Replay) {
        self.init(
            origin: origin, deferredAt: replay.replayedAt, notBefore: replay.replayedAt,
            parts: edges.map { name in
                let (edge, step) = PurgeStep.parse(name)
                return Part(edge: edge, step: step)
            },
            reason: .replay, replay: replay)
    }
}

/// Id of a replayed copy, under which its progress is told: the same each time the run comes to the record.
enum ReplayStatusID {
    static func make(run: String, topic: String, partition: Int32, offset: Int64) -> RequestID {
        make("\(run)/\(topic)/\(partition)/\(offset)")
    }

    /// - Parameter name: what it is the id of.
    static func make(_ name: String) -> RequestID {
        RequestID(digest: SHA256Digest.of(Array(name.utf8)))
    }
}
