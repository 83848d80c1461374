import Kafka
import Synchronization

/// What the gateway has left behind, for tests to look at.
extension GatewayFixture {
    struct Record {
        let key: String
        let value: [UInt8]
        let headers: [KafkaHeader]
    }

    /// All records that a topic holds now.
    func records(of topic: String) throws -> [Record] {
        cluster.state.withLock { $0.topics[topic] ?? [] }.map { Record(key: $0.key, value: $0.value, headers: $0.headers) }
    }

    func setKafka(down: Bool) throws {
        cluster.state.withLock { $0.down = down }
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
