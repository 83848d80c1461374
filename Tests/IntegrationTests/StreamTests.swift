import Foundation
import HTTP
import Invalidations
import JSON
import Kafka
import Runtime
import Synchronization
import TestSupport
import Testing
import TopicCatalogue

/// Live streams of several gateways on a real Kafka: cut, resumed, killed, and read slowly.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, Comment(rawValue: KafkaHome.missing ?? "")))
struct StreamTests {
    private final class Installation {
        let world: ProcessWorld
        let edge: PurgeRecorder
        let ports: [Int]

        init(_ purpose: String) throws {
            world = try ProcessWorld(purpose)
            edge = try PurgeRecorder()
            ports = [try freePort(), try freePort()]
            try world.configure(edges: ["{name: recorder, adapter: http, address: \"\(edge.address)\"}"])
            try world.applyTopics()
            for role in ["projector", "worker"] { try world.startRole(role, as: role) }
            for index in ports.indices { try startGateway(index) }
            try waitForGateway(0)
            try waitForGateway(1)
        }

        func startGateway(_ index: Int) throws {
            try world.startRole("gateway", as: "gateway-\(index)", ["--listen", "127.0.0.1:\(ports[index])"])
        }

        func waitForGateway(_ index: Int) throws {
            try world.waitUntilReady(["127.0.0.1:\(ports[index])"])
        }

        func metric(_ name: String, of index: Int) throws -> Double {
            let url = "http://127.0.0.1:\(ports[index])/metrics"
            let answer = try HTTPFetch.perform(HTTPClientRequest(url: url))
            let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            guard let line = lines.first(where: { $0.hasPrefix(name + " ") }),
                let value = Double(line.dropFirst(name.count + 1))
            else { throw ProcessWorldError("no metric \(name)") }
            return value
        }
    }

    /// Posts a body, again and again until a gateway takes it. One that takes it late is waited for: what is posted
    /// anew is published twice.
    private static func post(_ ports: [Int], _ body: String, type: String = "application/json") throws {
        var attempt = 0
        try eventually("a gateway takes the request", within: .seconds(120)) {
            let port = ports[attempt % ports.count]
            attempt += 1
            let request = HTTPClientRequest(
                method: "POST", url: "http://127.0.0.1:\(port)/invalidate",
                headers: [("Content-Type", type)], body: Array(body.utf8), timeout: .seconds(60))
            return (try? HTTPFetch.perform(request))?.status == 202
        }
    }

    /// Reads invalidations until the stream is cut.
    private static func read(
        _ client: EventStreamClient, into tags: inout [String], max: Int
    ) -> (lastID: String, resets: Int) {
        var resets = 0
        var count = 0
        while count < max, let event = try? client.next() {
            if event.name == "reset" { resets += 1 }
            guard event.name == "invalidation", let selectors = event.object["selectors"] as? [String: Any],
                let tag = (selectors["tags"] as? [String])?.first
            else { continue }
            tags.append(tag)
            count += 1
            if tag == "last" { break }
        }
        return (client.lastEventID, resets)
    }

    /// A gateway that begins has the last 512 records of a partition: the publisher is never so far ahead.
    private static let aheadMax = 300

    @Test(.timeLimit(.minutes(4))) func aStreamMovesBetweenGatewaysWithoutGapOrRepetition() throws {
        let installation = try Installation("streams-moved")
        let count = 600
        var random = SeededGenerator.printed("where streams are cut")
        var seen: [String] = []
        var resets = 0
        var client = try EventStreamClient(port: installation.ports[0], "/events?namespace=shop", patience: 10)
        let ports = installation.ports
        let failure = Mutex<String?>(nil)
        let seenCount = Atomic(0)
        try NamedThread.startThread("publisher") {
            do {
                for number in 0..<count {
                    try eventually("the reader follows", within: .seconds(120)) {
                        number < seenCount.load(ordering: .relaxed) + Self.aheadMax
                    }
                    let turned = number % 2 == 0 ? ports : ports.reversed()
                    try Self.post(turned, #"{"namespace":"shop","tags":["t\#(number)"]}"#)
                    // Some in the same moment, some apart.
                    if number % 7 == 0 { usleep(20_000) }
                }
                try Self.post(ports, #"{"namespace":"shop","tags":["last"]}"#)
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
        }
        var gateway = 0
        var round = 0
        while seen.last != "last", failure.withLock({ $0 }) == nil {
            let (lastID, missed) = Self.read(client, into: &seen, max: Int.random(in: 1...60, using: &random))
            resets += missed
            seenCount.store(seen.count, ordering: .relaxed)
            round += 1
            if round == 4 {
                installation.world.kill("gateway-\(gateway)")
                // What came before the end is read, and nothing else comes.
                resets += Self.read(client, into: &seen, max: count).resets
                let id = client.lastEventID
                try installation.startGateway(gateway)
                try installation.waitForGateway(gateway)
                client = try EventStreamClient(
                    port: ports[gateway], "/events?namespace=shop", headers: ["Last-Event-ID: \(id)"], patience: 10)
                continue
            }
            gateway = 1 - gateway
            client = try EventStreamClient(
                port: ports[gateway], "/events?namespace=shop", headers: ["Last-Event-ID: \(lastID)"], patience: 10)
            try #require(round < 400)
        }
        #expect(failure.withLock { $0 } == nil)
        // A request whose answer was lost is published twice: the log says what there was to read.
        let log = try Self.tags(on: installation.world.broker)
        #expect(log.count > count && seen == log)
        #expect(resets == 0 && round > 5)
    }

    /// Partitions that are added while a gateway runs are read, and who listens misses nothing.
    @Test(.timeLimit(.minutes(3))) func partitionsThatAreAddedAreRead() throws {
        let installation = try Installation("streams-grown")
        let broker = installation.world.broker
        let client = try EventStreamClient(
            port: installation.ports[0], "/events?namespace=shop", patience: 60)
        try Self.post(installation.ports, #"{"namespace":"shop","tags":["before"]}"#)
        #expect(try client.next("invalidation") != nil)
        let resumed = client.lastEventID
        try broker.addPartitions(to: TopicName.normal, count: 13)
        let producer = try KafkaProducer(broker.configuration, ProducerTuning())
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(30))
        let id = RequestID(at: .now())
        try producer.send(
            topic: TopicName.normal, partition: 12, key: Array("shop".utf8),
            value: Array(#"{"id":"\#(id)","namespace":"shop","tags":["added"]}"#.utf8), headers: [], token: 1)
        var stored = 0
        producer.flush(timeout: .seconds(20)) { if case .stored = $0.result { stored += 1 } }
        #expect(stored == 1)
        var names: [String] = []
        while let event = try client.next() {
            if event.object["id"] as? String == id.text { break }
            names.append(event.name)
        }
        #expect(!names.contains("reset"), "\(names)")
        // A place of before is still one.
        let later = try EventStreamClient(
            port: installation.ports[0], "/events?namespace=shop", headers: ["Last-Event-ID: \(resumed)"], patience: 60)
        var first = try later.next()
        while first?.name == "progress" { first = try later.next() }
        #expect(first?.object["id"] as? String == id.text)
    }

    /// What the requests on the topic of usual ones select, in the order of the log: one namespace has one partition.
    private static func tags(on broker: KafkaBroker) throws -> [String] {
        var tuning = ConsumerTuning()
        tuning.reportsEndOfPartition = true
        let consumer = try KafkaConsumer(broker.configuration, tuning)
        let parser = JSONParser(bytesMax: 1 << 20)
        let partitions = (0..<12).map { TopicPartition(TopicName.normal, $0) }
        try consumer.assignPartitions(partitions.map { TopicPartitionOffset($0, .beginning) })
        var tags: [String] = []
        var unfinished = Set(partitions)
        try eventually("the log is read") {
            consumer.poll { _ in }
            for partition in unfinished {
                let drained = try consumer.records(of: partition, max: 10_000) { record in
                    guard let value = record.value else { return }
                    let tag = try? parser.parse(value) { root in
                        var first: String?
                        root["tags"]?.forEachElement { first = first ?? $0.string }
                        return first
                    }
                    if let tag { tags.append(tag) }
                }
                if drained.end != nil { unfinished.remove(partition) }
            }
            return unfinished.isEmpty
        }
        _ = consumer.close(deadline: .seconds(5))
        return tags
    }

    @Test(.timeLimit(.minutes(3))) func whoReadsTooSlowlyIsToldAndNobodyElseWaits() throws {
        let installation = try Installation("streams-slow")
        let port = installation.ports[0]
        let slow = try EventStreamClient(port: port, "/events?namespace=shop", receiveBuffer: 4_096)
        let quick = try EventStreamClient(port: port, "/events?namespace=shop")
        let batches = 16
        let size = 60
        let readTags = Mutex<[String]>([])
        let isRead = Atomic(false)
        nonisolated(unsafe) let reader = quick
        try NamedThread.startThread("quick") {
            var tags: [String] = []
            _ = Self.read(reader, into: &tags, max: batches * size)
            readTags.withLock { $0 = tags }
            isRead.store(true, ordering: .releasing)
        }
        for batch in 0..<batches {
            let lines = (0..<size).map { number in
                let tags = (0..<14).map {
                    "\"t\(batch * size + number)-\($0)-\(String(repeating: "x", count: 1_000))\""
                }
                return "{\"namespace\":\"shop\",\"tags\":[\(tags.joined(separator: ","))]}"
            }
            try Self.post([port], lines.joined(separator: "\n"), type: "application/x-ndjson")
        }
        try eventually("the slow client is dropped", within: .seconds(60)) {
            try installation.metric("cachesync_gateway_streams_dropped_total", of: 0) == 1
        }
        try eventually("the quick client has read all", within: .seconds(60)) { isRead.load(ordering: .acquiring) }
        let numbers = readTags.withLock { tags in tags.map { $0.prefix { $0 != "-" } } }
        #expect(numbers.count == batches * size && Set(numbers).count == batches * size)
        var last: ReceivedEvent?
        var count = 0
        while let event = try slow.next() {
            last = event
            count += 1
        }
        #expect(last?.name == "slow" && slow.hasEnded)
        #expect(count < batches * size)
        #expect(try installation.metric("cachesync_gateway_stream_ring_bytes", of: 0) <= Double(4 << 20))
        #expect(try installation.world.stop("gateway-0") == 0)
    }
}
