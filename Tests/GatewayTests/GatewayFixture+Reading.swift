import Kafka
import TestSupport
import TopicCatalogue

/// What the gateway has left behind, for tests to look at.
extension GatewayFixture {
    struct Record {
        let key: String
        let value: [UInt8]
        let headers: [KafkaHeader]
    }

    /// All records that a topic holds now.
    func records(of topic: String) throws -> [Record] {
        var tuning = ConsumerTuning()
        tuning.reportsEndOfPartition = true
        let consumer = try KafkaConsumer(KafkaConfiguration(brokers: cluster.brokers), tuning)
        let count = TopicCatalogue.definition(named: topic)?.partitions ?? 0
        var unfinished = Set((0..<Int32(count)).map { TopicPartition(topic, $0) })
        try consumer.assignPartitions(unfinished.map { TopicPartitionOffset($0, .beginning) })
        var records: [Record] = []
        try eventually("all of \(topic) is read") {
            consumer.poll { _ in }
            for partition in unfinished {
                let drained = try consumer.records(of: partition, max: 10_000) { record in
                    records.append(
                        Record(
                            key: record.key.map { String(decoding: $0, as: UTF8.self) } ?? "",
                            value: record.value.map { Array($0) } ?? [], headers: record.headers))
                }
                if drained.end != nil { unfinished.remove(partition) }
            }
            return unfinished.isEmpty
        }
        _ = consumer.close(deadline: .seconds(5))
        return records
    }

    func setKafka(down: Bool) throws {
        try cluster.setBroker(1, isUp: !down)
    }

    /// The value of one series of `/metrics`.
    func metric(_ series: String) throws -> Double {
        let text = try RawHTTP.get(port, "/metrics").text
        for line in text.split(separator: "\n") where line.hasPrefix(series + " ") {
            if let value = Double(line.dropFirst(series.count + 1)) { return value }
        }
        throw GatewayFixtureError(description: "no series \(series)")
    }
}
