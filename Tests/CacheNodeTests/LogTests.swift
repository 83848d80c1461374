import CacheNode
import Foundation
import Gateway
import Invalidations
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// The log: what is invalidated anywhere is forgotten here.
struct LogTests {
    private static func request(
        _ selectors: Selectors, namespace: Namespace = .default, mode: PurgeMode = .hard, notBefore: Timestamp? = nil,
        cancels: RequestID? = nil
    ) -> Invalidation {
        let now = Timestamp.now()
        return Invalidation(
            id: RequestID(at: now), namespace: namespace, selectors: selectors, mode: mode, requestedAt: now,
            notBefore: notBefore, source: "test", cancels: cancels)
    }

    private func forgetsWhatIsPublished(_ fixture: CacheFixture) throws {
        let publisher = try RequestPublisher(fixture.kafka)
        let urlKey = "url:aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYQ=="
        let cases: [(String, Selectors)] = [
            ("a", Selectors(tags: ["t"])), (urlKey, Selectors(urls: ["https://SHOP.example:443/a"])),
            (urlKey, Selectors(prefixes: ["https://shop.example/"])), ("a", Selectors(everything: true)),
        ]
        for (key, selectors) in cases {
            #expect(try fixture.post(key, "{\"value\":1,\"tags\":[\"t\"]}").status == 200)
            #expect(try fixture.post("a", "{\"value\":2,\"tags\":[\"t\"]}", "&namespace=other").status == 200)
            #expect(try fixture.get(key).status == 200)
            try publisher.publish(Self.request(selectors))
            try publisher.finish()
            try eventually("\(selectors) is forgotten") { try fixture.get(key).status == 404 }
            #expect(try fixture.get("a", "&namespace=other").status == 200)
        }
        _ = try fixture.post("soft", "{\"value\":1,\"tags\":[\"s\"],\"staleWhileRevalidate\":60}")
        try publisher.publish(Self.request(Selectors(tags: ["s"]), mode: .soft))
        try publisher.finish()
        try eventually("it is stale") { try fixture.get("soft").header("Cache-Control") == "max-age=0" }
    }

    @Test func theNodeForgetsWhatIsPublished() throws {
        try forgetsWhatIsPublished(CacheFixture())
    }

    @Test(.enabled(if: KafkaCluster.isAvailable), .timeLimit(.minutes(3)))
    func theNodeForgetsWhatIsPublishedToKafka() throws {
        let broker = try KafkaBroker()
        let created = try KafkaAdmin(broker.configuration).createTopics(
            TopicCatalogue.all.map { NewTopic($0.name, partitions: $0.partitions) })
        #expect(created.allSatisfy { $0.error == nil })
        let fixture = try CacheFixture(kafka: broker.configuration) { $0.lagMax = .seconds(10) }
        try forgetsWhatIsPublished(fixture)
        // Without Kafka nobody knows what is stale, so nothing is answered and nothing stored.
        _ = try fixture.post("kept", "{\"value\":1,\"tags\":[\"kept\"]}")
        broker.kill()
        try eventually("the node is out of step", within: .seconds(60)) { fixture.role.fault != nil }
        let bypass = try fixture.get("kept")
        #expect(bypass.status == 404)
        #expect(bypass.header("Cache-Status") == "cachesync; fwd=bypass; detail=unsynced")
        let refused = try fixture.post("other", "{\"value\":1}")
        #expect(refused.status == 503)
        #expect(refused.header("Cache-Status") == "cachesync; fwd=bypass; detail=unsynced")
        #expect(refused.header("Retry-After") == "1")
        #expect(try fixture.delete("other").status == 200)
        #expect(try RawHTTP.get(fixture.port, "/health/ready").status == 503)
        try broker.startBroker()
        // What is published before the node is back in step holds for what it kept.
        let publisher = try RequestPublisher(fixture.kafka)
        try publisher.publish(Self.request(Selectors(tags: ["kept"])))
        try publisher.finish()
        try eventually("the node is in step", within: .seconds(60)) { fixture.role.fault == nil }
        try eventually("it is forgotten") { try fixture.get("kept").status == 404 }
        #expect(try fixture.post("other", "{\"value\":1}").status == 200)
        #expect(try RawHTTP.get(fixture.port, "/health/ready").status == 200)
    }

    /// Each time the node has less time to hear of the invalidation than any pause would give it.
    @Test(.enabled(if: KafkaCluster.isAvailable), .timeLimit(.minutes(3)))
    func aReaderThatKnowsAnEventNeverGetsWhatWasBefore() throws {
        var kafka = try KafkaCluster.configuration()
        kafka.topicPrefix = KafkaCluster.uniqueName("after") + "."
        let small = TopicCatalogue.all.map { definition in
            var definition = definition
            definition.partitions = min(definition.partitions, 3)
            return definition
        }
        let admin = try KafkaAdmin(kafka)
        try TopicSetup.apply(small, to: admin)
        let fixture = try CacheFixture(kafka: kafka)
        let layout = PositionLayout(
            (TopicName.invalidations + [TopicName.progress]).flatMap { topic in
                (0..<Int32(small.first { $0.name == topic }?.partitions ?? 0)).map { TopicPartition(topic, $0) }
            })
        let foreign = PositionLayout([TopicPartition(TopicName.normal, 0)])
        func ends() throws -> [Int64] { try layout.partitions.map { try admin.watermarks(of: $0).high } }
        func get(_ id: String) throws -> RawAnswer { try fixture.get("a", headers: ["Cache-After: \(id)"]) }
        let publisher = try RequestPublisher(kafka)
        var changed = 0
        for round in 0..<40 {
            #expect(try fixture.post("a", "{\"value\":\(round),\"tags\":[\"t\"]}").status == 200)
            let before = try ends()
            try publisher.publish(Self.request(Selectors(tags: ["t"])))
            try publisher.finish()
            let after = try ends()
            changed = try #require(zip(before, after).map { $0 < $1 }.firstIndex(of: true))
            // Of partitions that the node does not know every other time: then it waits for the end of the log.
            let id = round.isMultiple(of: 2) ? layout.text(after) : foreign.text([7])
            // A node that hears of it too late for this reader says so, and has it for the next one.
            var answer = try get(id)
            try eventually("the node has read what the reader knows of") {
                if answer.status == 503 { answer = try get(id) }
                return answer.status != 503
            }
            #expect(answer.status == 404 && answer.header("Cache-Status")?.contains("uri-miss") == true, "\(answer)")
        }
        // One more than there are: nobody can have told of it yet.
        var next = try ends()
        next[changed] += 1
        let id = layout.text(next)
        let late = try get(id)
        #expect(late.status == 503 && late.header("Retry-After") == "1", "\(late)")
        #expect(late.header("Cache-Status") == "cachesync; fwd=bypass; detail=unsynced")
        #expect(try fixture.post("a", "{\"value\":1}").status == 200)
        #expect(try fixture.get("a").status == 200, "a reader that knows nothing does not wait")
        // What comes while a reader waits ends its wait, unless the record comes too late for it.
        try eventually("a reader that has waited gets its answer") {
            let id = layout.text(next)
            let waiting = BackgroundRead { try fixture.get("a", headers: ["Cache-After: \(id)"]) }
            try publisher.publish(Self.request(Selectors(tags: ["other"])))
            try publisher.finish()
            next[changed] += 1
            return try waiting.result().status == 200
        }
        for junk in ["x", "!", "AAAA", String(repeating: "A", count: 9_000)] {
            #expect([400, 431].contains(try get(junk).status), "\(junk.prefix(9))")
        }
    }

    @Test func aNodeWithoutTopicsIsNotReady() throws {
        let empty = try EmbeddedCluster()
        let fixture = try CacheFixture(
            kafka: KafkaConfiguration(brokers: [empty.bootstrap]), waitsForReady: false)
        #expect(try fixture.get("a").header("Cache-Status") == "cachesync; fwd=bypass; detail=unsynced")
        #expect(try fixture.post("a", "{\"value\":1}").status == 503)
        #expect(try RawHTTP.get(fixture.port, "/health/ready").status == 503)
        for topic in TopicName.invalidations { try empty.createTopic(topic, partitions: 4) }
        try eventually("the node is in step", within: .seconds(30)) { fixture.role.fault == nil }
        #expect(try fixture.post("a", "{\"value\":1}").status == 200)
        withExtendedLifetime(empty) {}
    }

    @Test func requestsWaitForTheirTime() throws {
        let fixture = try CacheFixture()
        let publisher = try RequestPublisher(fixture.kafka)
        for key in ["a", "b", "c"] { _ = try fixture.post(key, "{\"value\":1,\"tags\":[\"\(key)\"]}") }
        let later = Timestamp.now() + 4_000
        let cancelled = Self.request(Selectors(tags: ["b"]), notBefore: later)
        try publisher.publish(Self.request(Selectors(tags: ["a"]), notBefore: later))
        try publisher.publish(cancelled)
        try publisher.publish(Self.request(Selectors(), cancels: cancelled.id))
        try publisher.publish(Self.request(Selectors(tags: ["c"])))
        try publisher.finish()
        try eventually("c is forgotten") { try fixture.get("c").status == 404 }
        #expect(try fixture.get("a").status == 200)
        try eventually("a is forgotten") { try fixture.get("a").status == 404 }
        #expect(Timestamp.now() >= later)
        #expect(try fixture.get("b").status == 200)
    }

    @Test func whatCannotBeReadIsPassedOver() throws {
        let fixture = try CacheFixture()
        _ = try fixture.post("a", "{\"value\":1,\"tags\":[\"t\"]}")
        let producer = try KafkaProducer(fixture.kafka, ProducerTuning())
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(30))
        for (number, value) in ["", "{", "{\"tags\":3}", "\u{0}\u{1}"].enumerated() {
            try producer.send(topic: TopicName.normal, key: [1], value: Array(value.utf8), token: UInt64(number))
        }
        _ = producer.flush(timeout: .seconds(30)) { _ in }
        let publisher = try RequestPublisher(fixture.kafka)
        try publisher.publish(Self.request(Selectors(tags: ["t"])))
        try publisher.finish()
        try eventually("a is forgotten") { try fixture.get("a").status == 404 }
        #expect(fixture.role.fault == nil)
        // They may stand in another partition than the request, which is then read first.
        try eventually("all four are passed over") {
            try RawHTTP.get(fixture.port, "/metrics").text.contains("cachesync_cache_log_unreadable_total 4")
        }
    }
}
