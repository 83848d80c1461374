import Invalidations
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// A purge waits for its `notBefore` on a real Kafka while its worker is killed.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct ScheduledPurgeTests {
    @Test(.timeLimit(.minutes(3)))
    func aKilledWorkersPurgeStartsAtItsTimeAndOnce() throws {
        let world = try ProcessWorld("schedule")
        let recorder = try PurgeRecorder()
        defer { recorder.stop() }
        let varnish = try LoggingVarnish()
        try world.configure(
            edges: [
                "{name: recorder, adapter: http, address: \"\(recorder.address)\"}",
                "{name: varnish-1, adapter: varnish, address: \"\(varnish.url)\"}",
            ], kafka: ["sessionTimeout: 6s"])
        try world.applyTopics()
        try world.startRole("worker", as: "worker-1")
        let publisher = try RequestPublisher(world.broker.configuration)
        // Long enough for the next worker to get the partitions of the one that is killed, in the end of its session.
        let wait: Int64 = 20_000
        let (notBefore, earliest) = (Timestamp.now() + wait, MonotonicTime.now() + .milliseconds(wait - 1))
        try publisher.publish(namespace: "shop", tag: "later", notBefore: notBefore)
        try publisher.finish()
        let admin = try KafkaAdmin(world.broker.configuration)
        try world.explained {
            try eventually("it waits on a retry topic", within: .seconds(30)) {
                TopicName.retries.contains { topic in
                    // A partition that was made a moment ago may have no leader yet.
                    (0..<12).contains { (try? admin.watermarks(of: TopicPartition(topic, $0)))?.high ?? 0 > 0 }
                }
            }
        }
        world.kill("worker-1")
        #expect(recorder.count == 0, "it was purged too early")
        try world.startRole("worker", as: "worker-2")
        try world.explained {
            try eventually("it is purged", within: .seconds(60)) { recorder.count == 1 }
            try eventually("nothing waits any more", within: .seconds(30)) { try world.lag(TopicName.retries) == 0 }
        }
        let first = try #require(recorder.calls.first)
        // Beyond its time at most by the delay of the first retry topic.
        #expect(first >= earliest && first < earliest + .seconds(11), "\(first - earliest) off")
        #expect(recorder.calls.count == 1 && recorder.arrivals.repeats == 0)
        #expect(try world.stop("worker-2") == 0)
    }
}
