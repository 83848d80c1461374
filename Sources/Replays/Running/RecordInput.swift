package import Kafka

/// Records as input of a run: each that is taken is published once more, or marked as discarded.
package final class RecordInput: RunInput {
    private let records: any RunRecords
    /// Records that the run publishes at most.
    private let most: Int64
    private var logs: [TopicPartition: PublishedLog]
    package var knownCount: Int64 { logs.values.reduce(0) { $0 + Int64($1.knownCount) } }

    /// - Parameters:
    ///   - records: read from `next` of each log on.
    ///   - logs: by partition, what earlier owners have published of it.
    package init(_ order: RunOrder, _ records: any RunRecords, logs: [TopicPartition: PublishedLog]) {
        self.records = records
        most = order.spec.max ?? .max
        self.logs = logs
    }

    package var ends: [Int32: Int64] {
        Dictionary(logs.map { ($0.key.partition, $0.value.end) }) { Swift.max($0, $1) }
    }

    package func prepare(_ counts: inout RunState.Counts) throws -> RunReading { try records.prepare() }

    package func read(
        max: Int, _ counts: inout RunState.Counts, _ publish: (RunPublication) throws -> Void
    ) throws -> RunReading {
        let result = try records.read(max: max) { origin in
            logs[origin.partition]?.isKnown(origin.number) == false && counts.published < most
        } _: { origin, decision in
            counts.add(decision)
            guard case .publish(let publication) = decision else { return }
            try publish(publication)
            logs[origin.partition]?.publish(origin.number)
            counts.published += 1
        }
        counts.lost += result.lost
        var reading = result.reading
        if counts.published >= most { reading.isComplete = true }
        return reading
    }

    package func store(_ origin: RunOrigin, at position: Int64) {
        logs[origin.partition]?.store(origin.number, at: position)
    }

    package func checkpoint() -> [String: RunState.Position] {
        let positions = records.positions
        var points: [String: RunState.Position] = [:]
        for partition in logs.keys {
            guard let position = positions[partition], var log = logs[partition] else { continue }
            let point = log.checkpoint(position: position)
            logs[partition] = log
            points[RunSpec.name(of: partition)] = RunState.Position(next: point.next, target: point.target)
        }
        return points
    }

    package func close() { records.close() }
}
