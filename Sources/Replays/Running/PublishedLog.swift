package import Kafka

/// Published log: what a run has handed over of one source partition, and what Kafka has stored of it.
///
/// The replay topic is the checkpoint. A run that is taken over looks there for its own records from `target` on, and
/// reads its source again from `next` on without those: so nothing is published twice, and nothing is left out.
package struct PublishedLog {
    /// All source offsets below are read, and what the run took of them is stored.
    package private(set) var next: Int64
    /// From here on the replay topic holds all of the run's records from `next` on.
    private var target: Int64
    /// Source offsets that are handed over and not stored.
    private var waiting: Set<Int64> = []
    /// Records that earlier owners have published from `next` on: their offsets on the replay topic.
    private var known: [Int64: Int64]

    /// - Parameter known: the run's records on the replay topic from `target` on: their offsets by those of the source.
    package init(next: Int64, target: Int64, known: [Int64: Int64] = [:]) {
        (self.next, self.target) = (next, target)
        self.known = known.filter { $0.key >= next }
    }

    /// Whether the record was published by an earlier owner.
    package func isKnown(_ offset: Int64) -> Bool { known[offset] != nil }

    package var knownCount: Int { known.count }

    /// Behind the run's last record on the replay topic, as far as is known.
    package var end: Int64 { max(target, known.values.max().map { $0 + 1 } ?? target) }

    package mutating func publish(_ offset: Int64) { waiting.insert(offset) }

    /// Kafka has stored the record of that source offset; it stores a partition's records in order.
    package mutating func store(_ offset: Int64, at position: Int64) {
        waiting.remove(offset)
        target = max(target, position + 1)
        advance(to: offset + 1)
    }

    /// From where another owner must read the source and the replay topic.
    ///
    /// - Parameter position: the next offset that has not been read here.
    package mutating func checkpoint(position: Int64) -> (next: Int64, target: Int64) {
        if waiting.isEmpty { advance(to: position) }
        return (next, known.values.min().map { min($0, target) } ?? target)
    }

    private mutating func advance(to offset: Int64) {
        next = max(next, offset)
        guard !known.isEmpty else { return }
        // They are passed, and still the run's last ones.
        for (source, position) in known where source < next { target = max(target, position + 1) }
        known = known.filter { $0.key >= next }
    }
}

extension PublishedLog {
    /// - Parameters:
    ///   - state: the last one of a run that was begun.
    ///   - targets: by partition, from where the topic that the run writes was read.
    ///   - published: the run's records there: their offsets by what they stand for.
    /// - Returns: by source partition, what was published of it.
    package static func find(
        _ spec: RunSpec, _ state: RunState?, publishedFrom targets: [Int32: Int64], _ published: [RunOrigin: Int64]
    ) -> [TopicPartition: PublishedLog] {
        var known: [TopicPartition: [Int64: Int64]] = [:]
        for (origin, offset) in published { known[origin.partition, default: [:]][origin.number] = offset }
        var logs: [TopicPartition: PublishedLog] = [:]
        for source in spec.ranges {
            let position = state?.position[RunSpec.name(of: source.partition)]
            // Several sources share a partition of the topic that is written, and each knows its own last record.
            let target = max(targets[source.partition.partition] ?? 0, position?.target ?? 0)
            logs[source.partition] = PublishedLog(
                next: max(source.start, position?.next ?? source.start), target: target,
                known: known[source.partition] ?? [:])
        }
        return logs
    }
}

extension PublishedLog {
    /// From where the topic that a run writes is read for its records.
    ///
    /// - Parameters:
    ///   - state: the last one of a run that was begun.
    ///   - watermarks: by partition of that topic, the first offset that it has and the end.
    /// - Returns: by partition.
    package static func targetStarts(
        _ spec: RunSpec, _ state: RunState?, watermarks: [Int32: (low: Int64, high: Int64)]
    ) -> [Int32: Int64] {
        var starts: [Int32: Int64] = [:]
        for source in spec.ranges {
            let partition = source.partition.partition
            guard let marks = watermarks[partition] else { continue }
            let position = state?.position[RunSpec.name(of: source.partition)]
            // A run that was never begun has published nothing.
            let start = state == nil ? marks.high : max(position?.target ?? marks.low, marks.low)
            starts[partition] = min(starts[partition] ?? .max, start)
        }
        return starts
    }
}

extension RunOrigin {
    /// TOPIC/PARTITION/OFFSET, as the header `cs-run-from` of a record says it; nil for other text.
    package init?(header: [UInt8]) {
        guard let text = String(validating: header, as: UTF8.self) else { return nil }
        let words = text.split(separator: "/")
        guard words.count == 3, let partition = Int32(words[1]), let offset = Int64(words[2]) else { return nil }
        self.init(partition: TopicPartition(String(words[0]), partition), number: offset)
    }
}
