package import Invalidations
import Kafka

// Reads the headers of a retry record.
extension RetryHeaders {
    /// Longer than anything is deferred for: what says so is not a retry record of ours. Retry topics keep their
    /// records for as long.
    private static let delayMax: Int64 = 14 * 86_400_000
    private static let attemptsMax = 1_000_000
    private static let generationsMax: UInt32 = 1_000_000
    /// Stands for all edges that serve the namespace now; no edge is called like that.
    package static let allEdges = "*"
    /// How far a record's own time may lie ahead of our clock: a topic may keep its writer's.
    private static let aheadMax: Int64 = 86_400_000

    /// - Parameters:
    ///   - source: the partition of a retry topic that the record was read from.
    ///   - time: when the record was written; not believed where it lies far ahead.
    ///   - now: the time of reading.
    /// - Returns: nil for headers that no worker has written, or that somebody has changed since.
    package static func read(
        _ headers: [RecordHeader], from source: SourcePartition, writtenAt time: Timestamp, topics: SourceTopics,
        now: Timestamp = .now()
    ) -> (retry: RetryMetadata, requestedAt: Timestamp)? {
        guard let fields = HeaderFields(headers),
            let origin = fields[.seq].flatMap({ position($0, topics) }), origin.source.partition == source.partition,
            let replay = fields.optional(.run, { replay($0, fields, now: now) }),
            source.isReplay == false || replay != nil,
            let parts = replay != nil && fields[.edges] == allEdges ? [] : parts(fields),
            let deferredAt = fields.time(.deferredAt), let notBefore = fields.time(.notBefore),
            isPlausible(notBefore, min(time, now + aheadMax) + delayMax), isPlausible(deferredAt, now + aheadMax),
            let reason = fields[.reason].flatMap(DeferReason.init),
            let requestedAt = fields.time(.requestedAt),
            let firstFailedAt = fields.optional(.firstFailedAt, fields.time),
            firstFailedAt.map({ isPlausible($0, now + aheadMax) }) ?? true,
            let lastFailure = fields.optional(.lastClass, { _ in failure(fields) }),
            let lastFailedEdge = fields.optional(.lastEdge, { fields[$0].flatMap { isPart($0) ? $0 : nil } })
        else { return nil }
        let retry = RetryMetadata(
            origin: origin, deferredAt: deferredAt, notBefore: notBefore, parts: parts, reason: reason,
            firstFailedAt: firstFailedAt, lastFailure: lastFailure, lastFailedEdge: lastFailedEdge, replay: replay)
        return (retry, requestedAt)
    }

    /// Times are reckoned with: none may lie where differences overflow.
    private static func isPlausible(_ time: Timestamp, _ latest: Timestamp) -> Bool {
        time.milliseconds >= 0 && time <= latest
    }

    private static func replay(
        _ name: Name, _ fields: HeaderFields, now: Timestamp
    ) -> Replay? {
        guard let run = fields[name], Replay.isRun(run),
            let generation = fields[.generation].flatMap(UInt32.init), generation <= generationsMax,
            let redrives = fields[.redrives].flatMap(Int.init), (0...Int(generationsMax)).contains(redrives),
            let replayedAt = fields.time(.replayedAt), isPlausible(replayedAt, now + aheadMax),
            let statusID = fields.optional(.statusID, { fields[$0].flatMap { RequestID($0) } })
        else { return nil }
        return Replay(
            run: run, generation: generation, redrives: redrives, replayedAt: replayedAt, statusID: statusID)
    }

    /// The position that `HeaderText.seq` has written; nil where the worker reads no such topic.
    package static func position(_ text: String, _ topics: SourceTopics) -> RecordPosition? {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 3, let partition = Int32(words[1]), partition >= 0, let offset = Int64(words[2]),
            offset >= 0, let source = topics.source(of: TopicPartition(String(words[0]), partition))
        else { return nil }
        return RecordPosition(source: source, offset: offset)
    }

    private static func parts(_ fields: HeaderFields) -> [RetryMetadata.Part]? {
        guard let edges = fields.list(.edges), let attempts = fields.list(.edgeAttempts),
            edges.count == attempts.count, Set(edges).count == edges.count
        else { return nil }
        var parts: [RetryMetadata.Part] = []
        for (name, count) in zip(edges, attempts) {
            guard let count = Int(count), (0...attemptsMax).contains(count), let part = part(name, attempts: count)
            else { return nil }
            parts.append(part)
        }
        return parts
    }

    private static func part(_ name: Substring, attempts: Int) -> RetryMetadata.Part? {
        let (edge, step) = PurgeStep.parse(name)
        guard (1...Limits.edgeNameBytes).contains(edge.utf8.count),
            edge.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "+") })
        else { return nil }
        return RetryMetadata.Part(edge: edge, step: step, attempts: attempts)
    }

    private static func isPart(_ name: String) -> Bool { part(name[...], attempts: 0) != nil }

    private static func failure(_ fields: HeaderFields) -> PurgeFailure? {
        guard let failureClass = fields[.lastClass].flatMap(PurgeFailure.Class.init),
            let message = fields[.lastError], message.utf8.count <= HeaderText.errorBytesMax,
            let status = fields.optional(.lastStatus, { fields[$0].flatMap(Int.init) }),
            status.map({ (100...999).contains($0) }) ?? true
        else { return nil }
        return PurgeFailure(failureClass, message, status: status)
    }
}

/// The values of our headers in a record.
private struct HeaderFields {
    private var texts: [RetryHeaders.Name: String] = [:]

    /// - Returns: nil when one of them stands there twice, or is no text.
    init?(_ headers: [RecordHeader]) {
        for header in headers {
            guard let name = RetryHeaders.Name(rawValue: header.name) else { continue }
            guard let value = header.value, let text = String(validating: value, as: UTF8.self),
                texts.updateValue(text, forKey: name) == nil
            else { return nil }
        }
    }

    subscript(name: RetryHeaders.Name) -> String? { texts[name] }

    func time(_ name: RetryHeaders.Name) -> Timestamp? {
        self[name].flatMap { Timestamp($0) }
    }

    /// 1 to `Limits.edges` entries.
    func list(_ name: RetryHeaders.Name) -> [Substring]? {
        let entries = self[name]?.split(separator: ",", maxSplits: Limits.edges, omittingEmptySubsequences: false)
        return entries.flatMap { $0.count <= Limits.edges ? $0 : nil }
    }

    /// - Returns: nil inside for a header that is not there; nil for one that cannot be read.
    func optional<Value>(_ name: RetryHeaders.Name, _ read: (RetryHeaders.Name) -> Value?) -> Value?? {
        guard self[name] != nil else { return .some(nil) }
        return read(name).map { .some($0) }
    }
}
