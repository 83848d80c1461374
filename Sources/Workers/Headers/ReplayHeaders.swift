package import Invalidations

/// Replay headers: what a run says of a request that it writes once more, on the replay topic.
///
/// They are retry headers with the run's provenance. Key and value stay the publisher's, byte for byte.
package enum ReplayHeaders {
    /// - Parameters:
    ///   - replay: the metadata, with the run in it; without parts it is for all edges that serve the namespace now.
    ///   - request: what the value says, as far as it can be decoded. Its time is when purges must start at the
    ///     earliest.
    ///   - from: the record that the run has read, which is where it goes on after a restart.
    ///   - epoch: counts the owners of the run.
    ///   - runner: the name of the process.
    /// - Precondition: the metadata names a run.
    package static func headers(
        replaying metadata: RetryMetadata, of request: Invalidation?, original: OriginalRecord,
        from: (topic: String, partition: Int32, offset: Int64), epoch: UInt32, topics: SourceTopics, runner: String
    ) -> [RecordHeader] {
        guard let replay = metadata.replay else { preconditionFailure("a replay without a run") }
        precondition(metadata.parts.count <= Limits.edges, "a replay for \(metadata.parts.count) parts of a request")
        var ours =
            RetryHeaders.common(metadata, HeaderText.seq(metadata.origin, topics), writer: runner)
            + RetryHeaders.replay(replay)
        ours.append((.runFrom, "\(from.topic)/\(from.partition)/\(from.offset)"))
        ours.append((.runEpoch, String(epoch)))
        if let request {
            ours += RetryHeaders.request(request)
        } else {
            // A worker knows the time from the value, if it can read that by now.
            ours.append((.requestedAt, replay.replayedAt.text))
        }
        return ours.map { RecordHeader($0.0.rawValue, $0.1) } + RetryHeaders.stripped(original.headers)
    }
}
