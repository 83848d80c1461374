internal import Invalidations
internal import JSON
internal import Kafka

/// The JSON by which lag is told, by reader and topic.
enum LagDocument {
    static func bytes(_ answer: LagQuestion.Answer, group: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 160 * (answer.workers.count + answer.view.count + 2))
        writer.beginObject()
        writer.key("readers")
        writer.beginArray()
        if let group { write("workers", group, answer.workers, answer.askedAt, to: &writer) }
        write("view", nil, answer.view, answer.askedAt, to: &writer)
        writer.endArray()
        StatusDocument.write(asOf: answer.askedAt, into: &writer)
        writer.endObject()
        return writer.bytes
    }

    private static func write(
        _ reader: String, _ group: String?, _ positions: [LagQuestion.Position], _ now: Timestamp,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("reader", reader)
        if let group { writer.member("group", group) }
        writer.key("topics")
        writer.beginArray()
        let byTopic = Dictionary(grouping: positions, by: \.partition.topic)
        for (topic, positions) in byTopic.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.member("topic", topic)
            writer.member("records", positions.reduce(0) { $0.addingReportingOverflow($1.records).partialValue })
            write(positions.compactMap(\.oldest).min(), now, to: &writer)
            writer.key("partitions")
            writer.beginArray()
            for position in positions { write(position, now, to: &writer) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ position: LagQuestion.Position, _ now: Timestamp, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("partition", Int64(position.partition.partition))
        writer.key("committed")
        if let committed = position.committed { writer.integer(committed) } else { writer.null() }
        writer.member("end", position.end)
        writer.member("records", position.records)
        write(position.oldest, now, to: &writer)
        if let owner = position.owner { writer.member("owner", owner.name) }
        writer.endObject()
    }

    /// Both null where nothing waits.
    private static func write(_ oldest: Timestamp?, _ now: Timestamp, to writer: inout JSONWriter) {
        writer.key("oldest")
        if let oldest { writer.string(oldest.text) } else { writer.null() }
        writer.key("seconds")
        if let oldest {
            writer.double(Double(max(0, now.milliseconds - oldest.milliseconds)) / 1_000)
        } else {
            writer.null()
        }
    }
}
