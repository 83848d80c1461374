import Gateway
import Invalidations
import Kafka
import Synchronization
import TestSupport
import Testing
import TopicCatalogue

/// A broker that is full until a test says otherwise.
final class FullBroker: PublishGuard {
    private let isShut = Atomic(true)

    func open() { isShut.store(false, ordering: .releasing) }
    func admit(bytes: Int) -> Bool { !isShut.load(ordering: .acquiring) }
    func stored(bytes: Int, topic: String, partition: Int32, offset: Int64) {}
    func abandon(bytes: Int) {}
}

/// The requests that the log has.
func publishedRequests(_ kafka: KafkaConfiguration) throws -> [Invalidation] {
    let consumer = try KafkaConsumer(kafka, .tail)
    defer { _ = consumer.close(deadline: .seconds(1)) }
    let count = try #require(TopicCatalogue.all.first { $0.name == TopicName.normal }).partitions
    let partitions = (0..<count).map { TopicPartition(TopicName.normal, Int32($0)) }
    var marks: [TopicPartition: Watermarks] = [:]
    // A broker that has just started leads its partitions a moment later.
    try eventually("the broker leads its partitions", within: .seconds(60)) {
        marks = (try? consumer.watermarks(of: partitions, timeout: .seconds(10))) ?? [:]
        return !marks.isEmpty
    }
    try consumer.assignPartitions(partitions.map { TopicPartitionOffset($0, .at(0)) })
    let wanted = marks.values.reduce(0) { $0 + $1.high }
    let decoder = RecordContentDecoder()
    var requests: [Invalidation] = []
    try eventually("\(wanted) records are read") {
        for partition in partitions {
            _ = try consumer.records(of: partition, max: 1_000) { record in
                let time = Timestamp(milliseconds: record.timestamp ?? 0)
                let request = try? decoder.decode(record.value, headers: [], time: time, arrival: time)
                if let request { requests.append(request) }
            }
        }
        return requests.count >= wanted
    }
    return requests
}
