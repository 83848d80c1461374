import Foundation
import Invalidations
import JSON
import Kafka
import Replays
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

@Suite(.timeLimit(.minutes(2)))
struct ProjectorTests {
    private let fixture: ProjectorFixture

    init() throws {
        fixture = try ProjectorFixture()
    }

    @Test func theTopicBecomesTheViewAcrossRestarts() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 500, using: &random)
        let half = history.count / 2
        try fixture.produce(Array(history[..<half]))

        let first = Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry())
        let running = try RoleThread.running(first)
        try fixture.waitUntilFolded(half)
        #expect(running.isReady)
        #expect(first.problem == nil)
        try running.drain()
        #expect(first.problem != nil)

        try fixture.produce(Array(history[half...]))
        let metrics = MetricsRegistry()
        let second = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: metrics))
        try fixture.waitUntilFolded(history.count)
        try second.drain()
        // The second projector began where the first had ended.
        #expect(metrics.exposition().contains("cachesync_projector_records_total \(history.count - half)\n"))

        var records: [RequestID: StatusRecord] = [:]
        try fixture.view.reader.forEachRecord { records[$0.id] = $0 }
        #expect(records == folded(history))
        // Lag tools see where the view stands.
        #expect(try fixture.hints() == fixture.progressOffsets())
    }

    @Test func whatIsStoredBeforeALookupIsNeverUnknown() throws {
        let running = try RoleThread.running(
            Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(0)
        let reader = fixture.view.reader
        // An id of this moment may be on its way; one of the past would be there.
        #expect(try reader.lookup(RequestID(at: .now())) == .notYetSeen)
        #expect(try reader.lookup(RequestID(at: .now() + -60_000)) == .unknown)

        let id = RequestID(at: .now())
        let progress = ViewFixture.progress(id, [Progress.Edge("a", .queued)])
        let version = try reader.version()
        try fixture.produce([progress])
        try eventually("the view has the request") { try reader.lookup(id) == .found(StatusRecord(progress)) }
        #expect(try reader.version() != version)
        // The watermark goes on while nothing is produced.
        let mark = try #require(try reader.watermarks().compactMap(\.caughtUpAt).min())
        try eventually("the watermark moves on") {
            try reader.watermarks().allSatisfy { $0.caughtUpAt.map { $0 > mark } ?? false }
        }
        try running.drain()
    }

    @Test func foldingWaitsForNoQuestionWhateverThePartitions() throws {
        let topic = "wide"
        try fixture.createTopic(topic, partitions: 60)
        var configuration = fixture.configuration()
        configuration.topics.progress = topic
        let times = Mutex<[Int32: MonotonicTime]>([:])
        configuration.onFolded = { offsets in
            for partition in offsets.keys where partition.topic == topic {
                times.withLock { $0[partition.partition] = .now() }
            }
        }
        let running = try RoleThread.running(Projector(configuration, log: .silent, metrics: MetricsRegistry()))
        let reader = fixture.view.reader
        try eventually("the view has caught up once") {
            (try? reader.watermarks())?.allSatisfy { $0.caughtUpAt != nil } == true
        }
        var latencies: [Duration] = []
        for number in 0..<25 {
            let progress = ViewFixture.progress(RequestID(at: .now()), [Progress.Edge("a", .purged)])
            let partition = Int32(number)
            try fixture.produce([progress], topic: topic, partition: partition)
            let stored = MonotonicTime.now()
            try eventually("the record is folded") { times.withLock { $0[partition] } != nil }
            latencies.append(max(.zero, (times.withLock { $0[partition] } ?? stored) - stored))
        }
        try running.drain()
        latencies.sort()
        print("folded after a median of \(latencies[latencies.count / 2]), at most \(latencies[latencies.count - 1])")
        #expect(latencies[latencies.count / 2] < .milliseconds(250))
    }

    @Test func aRequestOnAnInvalidationTopicIsInTheViewBeforeAnyWorkerReadsIt() throws {
        let running = try RoleThread.running(
            Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        let id = RequestID(at: .now())
        let value = #"{"id":"\#(id)","namespace":"shop","tags":["a"],"source":"catalog"}"#
        let key = try #require(KeyOnRecord("k", digest: String(repeating: "a", count: 32)))
        try fixture.produce(
            topic: TopicName.low, partition: 1, headers: [KafkaHeader(key.header.name, key.header.value)], key: "shop",
            value: Array(value.utf8))
        // What cannot be read is the worker's to tell of.
        try fixture.produce(garbage: [nil, [], [0xFF], Array("{}".utf8)], topic: TopicName.high, partition: 0)
        try fixture.waitUntilFolded(5)
        let reader = fixture.view.reader
        guard case .found(let record, _) = try reader.lookup(id) else { throw ProjectorTestError.notFound }
        #expect(record.status == .queued && record.publication?.source == "catalog")
        #expect(record.publication?.priority == .normal && record.publication?.idempotencyKey == key)
        #expect(try reader.list(StatusQuery()).records == [record])
        try running.drain()
    }

    @Test func theLagOfWorkersIsTold() throws {
        let requests = "requests"
        try fixture.createTopic(requests, partitions: 2)
        try fixture.produce(garbage: [[1], [2], [3]], topic: requests, partition: 1)
        try fixture.createTopic("replayed", partitions: 1)
        try fixture.produce(garbage: [[1], [2]], topic: "replayed", partition: 0)
        var configuration = fixture.configuration()
        configuration.workers = ProjectorConfiguration.Workers(group: "workers")
        configuration.workers?.topics = [requests]
        // Replays are told of, and not waited for.
        configuration.workers?.lagTopics = ["replayed"]
        let metrics = MetricsRegistry()
        let running = try RoleThread.running(Projector(configuration, log: .silent, metrics: metrics))
        try fixture.waitUntilFolded(0)
        func lag(_ records: Int) -> Bool {
            metrics.exposition().contains("cachesync_consumer_lag_records{topic=\"requests\"} \(records)\n")
        }
        try eventually("the backlog is known") { lag(3) }

        var tuning = ConsumerTuning(group: "workers")
        tuning.statisticsInterval = .zero
        let worker = try KafkaConsumer(configuration.kafka, tuning)
        defer { worker.close(deadline: .seconds(5)) }
        try worker.commitSync([CommitOffset(TopicPartition(requests, 1), offset: 2)], timeout: .seconds(20))
        try eventually("less of a backlog is known") { lag(1) }
        let caughtUp = "cachesync_worker_caught_up_timestamp_seconds"
        #expect(metrics.exposition().contains("\(caughtUp) 0\n"))
        try worker.commitSync([CommitOffset(TopicPartition(requests, 1), offset: 3)], timeout: .seconds(20))
        try eventually("workers have caught up") { !metrics.exposition().contains("\(caughtUp) 0\n") }
        #expect(metrics.exposition().contains("cachesync_consumer_lag_records{topic=\"replayed\"} 2\n"))
        try running.drain()
    }

    @Test func aSilentKafkaIsAProblemWithinSeconds() throws {
        let projector = Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry())
        let running = try RoleThread.running(projector)
        try fixture.waitUntilFolded(0)
        try eventually("all is well") { projector.problem == nil }
        try fixture.cluster.setBroker(1, isUp: false)
        let beginning = ContinuousClock.now
        try eventually("the silence is told", within: .seconds(60)) { projector.problem != nil }
        #expect(ContinuousClock.now - beginning < .seconds(20))
        try fixture.cluster.setBroker(1, isUp: true)
        try eventually("all is well again") { projector.problem == nil }
        try running.drain()
    }

    @Test(.enabled(if: SmallFilesystem.missing == nil, Comment(rawValue: SmallFilesystem.missing ?? "")))
    func aDiskThatIsFullIsSaidAndWaitedForAndNothingIsLost() throws {
        var random = SeededGenerator(seed: 8)
        let history = ViewFixture.history(requests: 400, using: &random)
        let disk = try SmallFilesystem(bytes: 1 << 20)
        var configuration = fixture.configuration(path: disk.file("view.sqlite"))
        configuration.storage.checkpointPages = 20
        let projector = Projector(configuration, log: .silent, metrics: MetricsRegistry())
        let running = try RoleThread.running(projector)
        let reader = ViewReader(configuration.view)
        try eventually("the view is there") { (try? reader.watermark()) ?? nil != nil }
        try eventually("all is well") { projector.problem == nil }
        try disk.fill("ballast")
        try fixture.produce(history)
        try eventually("the projector says that there is no space") {
            projector.problem?.contains("the view cannot be written") == true
        }
        // What is there can be read, and says as of when it is.
        let asOf = try #require(try reader.watermark())
        #expect(try reader.watermarks().reduce(0) { $0 + $1.nextOffset } < history.count)

        try FileManager.default.removeItem(atPath: disk.file("ballast"))
        try eventually("all is folded", within: .seconds(40)) {
            try reader.watermarks().reduce(0) { $0 + $1.nextOffset } == history.count
        }
        try eventually("all is well again") { projector.problem == nil }
        try eventually("the view is as of now") { try reader.watermark().map { $0 > asOf } == true }
        try running.drain()
        var records: [RequestID: StatusRecord] = [:]
        try reader.forEachRecord { records[$0.id] = $0 }
        #expect(records == folded(history))
    }

    @Test func garbageIsCountedAndPassedOver() throws {
        let lines = Mutex<[String]>([])
        let log = Log { line in lines.withLock { $0.append(line) } }
        let metrics = MetricsRegistry()
        let progress = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .purged)])
        let garbage: [[UInt8]?] = [
            nil, [], [0], Array("{}".utf8), Array("[1".utf8), [0xFF], Array(repeating: UInt8(ascii: "["), count: 5_000),
        ]
        try fixture.produce(garbage: garbage)
        try fixture.produce([progress])
        try fixture.produce(garbage: garbage)
        let running = try RoleThread.running(Projector(fixture.configuration(), log: log, metrics: metrics))
        try fixture.waitUntilFolded(2 * garbage.count + 1)
        try running.drain()
        #expect(metrics.exposition().contains("cachesync_projector_undecodable_total \(2 * garbage.count)\n"))
        // However many there are, the log says it once in a while.
        #expect(lines.withLock { $0.count { $0.contains("cannot be read") } } == 1)
        #expect(try fixture.view.reader.lookup(progress.id, now: ViewFixture.epoch) == .found(StatusRecord(progress)))
    }

    @Test(.everyViewStore) func deadLettersAndRunsAreFoldedAcrossRestarts() throws {
        let id = RequestID(at: ViewFixture.epoch)
        let headers = [
            KafkaHeader("cs-dlq-class", "exhausted"), KafkaHeader("cs-seq", "\(TopicName.normal)/1/4"),
            KafkaHeader("cs-request-id", id.text), KafkaHeader("cs-namespace", "shop"),
            KafkaHeader("cs-edges", "a,b"), KafkaHeader("cs-last-error", "a: 503"), KafkaHeader("cs-attempt", "6"),
        ]
        let order = RunOrder(
            kind: .discard, spec: RunSpec([LogRange(TopicPartition(TopicName.dead, 1), from: 0, to: 2)]), who: "ops",
            reason: "", wanted: .running, at: ViewFixture.epoch)
        let control = ControlRecord.order("run-1", order)
        for _ in 0..<2 { try fixture.produce(topic: TopicName.dead, partition: 1, headers: headers, value: [1]) }
        try fixture.produce(topic: TopicName.control, partition: 0, key: control.key, value: try control.value())
        try fixture.produce([
            ViewFixture.progress(id, [Progress.Edge("a", .dead), Progress.Edge("b", .purged)])
        ])
        let metrics = MetricsRegistry()
        let first = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: metrics))
        try fixture.waitUntilFolded(4)
        let reader = fixture.view.reader
        var found = try reader.deadLetters(DeadLetterQuery()).deadLetters
        #expect(found.map(\.entry.name) == ["1/1", "1/0"] && found.map(\.openEdges) == [["a"], ["a"]])
        #expect(found.first?.entry.error == "a: 503" && found.first?.entry.attempts == 6)
        #expect(found.first?.entry.time != nil)
        #expect(try reader.run("run-1")?.order == order)
        try first.drain()

        let mark = DiscardMark(partition: 1, offset: 0, run: "run-1")
        try fixture.produce(topic: TopicName.dead, partition: 1, headers: mark.headers)
        // What nobody of ours writes is counted on each topic, and passed over.
        try fixture.produce(topic: TopicName.dead, partition: 0, value: [2])
        try fixture.produce(topic: TopicName.control, partition: 0, key: "run/x/y", value: [3])
        try fixture.produce(topic: TopicName.control, partition: 0, key: control.key)
        let second = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: metrics))
        try fixture.waitUntilFolded(8)
        try second.drain()
        found = try reader.deadLetters(DeadLetterQuery()).deadLetters
        #expect(found.map(\.entry.name) == ["1/1"])
        #expect(try reader.deadLetter(partition: 1, offset: 0)?.isOpen == false)
        #expect(metrics.exposition().contains("cachesync_projector_undecodable_total 3\n"))
        #expect(metrics.exposition().contains("cachesync_projector_records_total 8\n"))
    }

    @Test(.everyViewStore) func aRebuiltViewHasTheSameRows() throws {
        var random = SeededGenerator(seed: 5)
        let history = ViewFixture.history(requests: 300, using: &random)
        try fixture.produce(history)
        let first = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(history.count)
        try first.drain()
        let before = try fixture.view.dump()

        // What only the old view holds does not come back.
        try fixture.view.execute("UPDATE requests SET status = 3, namespace = 'wrong'")
        var configuration = fixture.configuration()
        configuration.rebuilds = true
        let second = try RoleThread.running(Projector(configuration, log: .silent, metrics: MetricsRegistry()))
        // Between two files there is none for a moment.
        try eventually("the new view is there") { (try? fixture.view.dump()) == before }
        try second.drain()
        #expect(try fixture.view.dump() == before)
        #expect(throws: StorageError.self) { try fixture.view.reader(path: fixture.view.path + ".rebuild").counts() }
    }

    @Test(.everyViewStore) func aRebuildFillsInWhatOlderRowsLack() throws {
        let time = Timestamp.now()
        let invalidation = Invalidation(
            id: RequestID(at: time), namespace: .default, selectors: Selectors(tags: ["a"]), requestedAt: time)
        var writer = JSONWriter()
        InvalidationEncoder.encode(invalidation, into: &writer)
        try fixture.produce(topic: TopicName.normal, partition: 0, key: "default", value: writer.bytes)
        let first = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(1)
        try first.drain()
        // As a version without the column has left them.
        try fixture.view.execute("UPDATE requests SET details = NULL")
        #expect(try details(of: invalidation.id) == nil)

        var configuration = fixture.configuration()
        configuration.rebuilds = true
        let second = try RoleThread.running(Projector(configuration, log: .silent, metrics: MetricsRegistry()))
        try eventually("the row has its details") {
            (try? details(of: invalidation.id))?.contains(#""selectors":{"tags":["a"]}"#) == true
        }
        try second.drain()
    }

    private func details(of id: RequestID) throws -> String? {
        var details: String?
        try fixture.view.reader.forEachRecord { if $0.id == id { details = $0.publication?.details } }
        return details
    }

    @Test(.everyViewStore) func aTopicMadeAnewIsNoticedAndHealedByARebuild() throws {
        var batch = ProjectionBatch()
        batch.passOver(TopicPartition(ViewFixture.topic, 1), 99)
        try fixture.view.writer(partitions: ProjectorFixture.partitions).apply(batch)
        let projector = try RoleThread.running(
            Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        let expected = ViewError.topicRecreated(topic: ViewFixture.topic, partition: 1, folded: 100, end: 0)
        #expect(throws: expected) { try projector.waitForReturn() }
        #expect(expected.description.contains("cachesync projector --rebuild"))

        var configuration = fixture.configuration()
        configuration.rebuilds = true
        let rebuilding = try RoleThread.running(Projector(configuration, log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(0)
        try rebuilding.drain()
    }

    @Test(arguments: 0..<3) func aMissingTopicIsSaidAndWaitedFor(_ index: Int) throws {
        var configuration = fixture.configuration()
        let topics = [\ProjectorConfiguration.Topics.progress, \.dead, \.control]
        configuration.topics[keyPath: topics[index]] = "later"
        let projector = Projector(configuration, log: .silent, metrics: MetricsRegistry())
        let running = try RoleThread.running(projector)
        try eventually("the projector misses its topic") {
            projector.problem?.contains("the topic later does not exist: run `cachesync topics apply`") == true
        }
        #expect(!running.isReady)
        try fixture.cluster.createTopic("later", partitions: 1)
        try eventually("the projector has begun") { running.isReady && projector.problem == nil }
        try running.drain()
    }

    @Test func brokersThatAreAwayAreWaitedFor() throws {
        let projector = Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry())
        try fixture.cluster.setBroker(1, isUp: false)
        let running = try RoleThread.running(projector)
        try eventually("the projector misses the brokers") {
            projector.problem?.contains("metadata") == true
        }
        try fixture.cluster.setBroker(1, isUp: true)
        let progress = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .purged)])
        try fixture.produce([progress])
        try fixture.waitUntilFolded(1)
        try running.drain()
    }

    @Test(.everyViewStore) func aBacklogIsFolded() throws {
        var random = SeededGenerator(seed: 7)
        let ids = (0..<10_000).map { RequestID(at: ViewFixture.epoch + Int64($0), using: &random) }
        for state in [EdgeState.queued, .purged] {
            try fixture.produce(
                ids.map { ViewFixture.progress($0, [Progress.Edge("a", state), Progress.Edge("b", state)]) })
        }
        let start = ContinuousClock.now
        let running = try RoleThread.running(
            Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(2 * ids.count)
        print("a backlog of \(2 * ids.count) records was folded in \(ContinuousClock.now - start), start included")
        try running.drain()
        #expect(try fixture.view.reader.counts()[.completed] == ids.count)
    }

    @Test func aViewHasOneProjector() throws {
        let first = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(0)
        let second = try RoleThread.running(
            Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        let error = #expect(throws: StorageError.self) { try second.waitForReturn() }
        #expect(error?.description.contains("locked by another process") == true)
        try first.drain()
    }

    @Test func aFullDiskIsSaidAndWaitedForAndNothingIsLost() throws {
        var random = SeededGenerator(seed: 6)
        let history = ViewFixture.history(requests: 400, using: &random)
        // The view may not grow, and something else takes its space.
        _ = try fixture.view.writer(partitions: ProjectorFixture.partitions)
        let connection = try Connection(path: fixture.view.path, access: .write)
        try connection.execute("CREATE TABLE ballast (a BLOB); INSERT INTO ballast VALUES (zeroblob(1000000))")
        var configuration = fixture.configuration()
        configuration.storage.bytesMax = 1
        let projector = Projector(configuration, log: .silent, metrics: MetricsRegistry())
        let running = try RoleThread.running(projector)
        try fixture.produce(history)
        try eventually("the projector says that there is no space") {
            projector.problem?.contains("no space for the database") == true
        }
        #expect(try fixture.view.reader.counts().values.allSatisfy { $0 == 0 })

        try connection.execute("DROP TABLE ballast")
        try fixture.waitUntilFolded(history.count)
        try eventually("all is well again") { projector.problem == nil }
        try running.drain()
        var records: [RequestID: StatusRecord] = [:]
        try fixture.view.reader.forEachRecord { records[$0.id] = $0 }
        #expect(records == folded(history))
    }
}

private enum ProjectorTestError: Error {
    case notFound
}
