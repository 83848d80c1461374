import Foundation
import Invalidations
import Kafka
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing
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
        let story = ViewFixture.story(requests: 500, using: &random)
        let half = story.count / 2
        try fixture.produce(Array(story[..<half]))

        let first = Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry())
        let running = RunningRole(first)
        try fixture.waitUntilFolded(half)
        #expect(running.isReady)
        #expect(first.problem == nil)
        try running.drain()
        #expect(first.problem != nil)

        try fixture.produce(Array(story[half...]))
        let metrics = MetricsRegistry()
        let second = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: metrics))
        try fixture.waitUntilFolded(story.count)
        try second.drain()
        // The second projector began where the first had ended.
        #expect(metrics.exposition().contains("cachesync_projector_records_total \(story.count - half)\n"))

        var records: [RequestID: StatusRecord] = [:]
        try fixture.view.reader.forEachRecord { records[$0.id] = $0 }
        #expect(records == folded(story))
        // Lag tools see where the view stands.
        #expect(try fixture.hints() == fixture.view.reader.watermarks().map(\.nextOffset))
    }

    @Test func whatIsStoredBeforeALookupIsNeverUnknown() throws {
        let running = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
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
        let running = RunningRole(Projector(fixture.configuration(), log: log, metrics: metrics))
        try fixture.waitUntilFolded(2 * garbage.count + 1)
        try running.drain()
        #expect(metrics.exposition().contains("cachesync_projector_undecodable_total \(2 * garbage.count)\n"))
        // However many there are, the log says it once in a while.
        #expect(lines.withLock { $0.count { $0.contains("cannot be read") } } == 1)
        #expect(try fixture.view.reader.lookup(progress.id, now: ViewFixture.epoch) == .found(StatusRecord(progress)))
    }

    @Test func aRebuiltViewHasTheSameRows() throws {
        var random = SeededGenerator(seed: 5)
        let story = ViewFixture.story(requests: 300, using: &random)
        try fixture.produce(story)
        let first = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(story.count)
        try first.drain()
        let before = try fixture.view.dump()

        // What only the old file holds does not come back.
        let connection = try Connection(path: fixture.view.path, access: .write)
        try connection.execute("UPDATE requests SET status = 3, namespace = 'wrong'")
        var configuration = fixture.configuration()
        configuration.rebuilds = true
        let second = RunningRole(Projector(configuration, log: .silent, metrics: MetricsRegistry()))
        try eventually("the new view is there") { try fixture.view.dump() == before }
        try second.drain()
        #expect(try fixture.view.dump() == before)
        #expect(FileIdentity(path: fixture.view.path + ".rebuild") == nil)
    }

    @Test func aTopicMadeAnewIsNoticedAndHealedByARebuild() throws {
        var batch = ProjectionBatch()
        batch.add(nil, partition: 1, offset: 99)
        try fixture.view.writer(partitions: ProjectorFixture.partitions).apply(batch)
        let projector = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        let expected = ViewError.topicRecreated(topic: ViewFixture.topic, partition: 1, folded: 100, end: 0)
        #expect(throws: expected) { try projector.wait() }
        #expect(expected.description.contains("cachesync projector --rebuild"))

        var configuration = fixture.configuration()
        configuration.rebuilds = true
        let rebuilding = RunningRole(Projector(configuration, log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(0)
        try rebuilding.drain()
    }

    @Test func aMissingTopicIsSaidAndWaitedFor() throws {
        var configuration = fixture.configuration()
        configuration.topic = "later"
        let projector = Projector(configuration, log: .silent, metrics: MetricsRegistry())
        let running = RunningRole(projector)
        try eventually("the projector misses its topic") {
            projector.problem?.contains("does not exist: run `cachesync topics apply`") == true
        }
        #expect(!running.isReady)
        try fixture.cluster.createTopic("later", partitions: 1)
        try eventually("the projector has begun") { running.isReady && projector.problem == nil }
        try running.drain()
    }

    @Test func brokersThatAreAwayAreWaitedFor() throws {
        let projector = Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry())
        try fixture.cluster.setBroker(1, isUp: false)
        let running = RunningRole(projector)
        try eventually("the projector misses the brokers") {
            projector.problem?.contains("metadata") == true
        }
        try fixture.cluster.setBroker(1, isUp: true)
        let progress = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .purged)])
        try fixture.produce([progress])
        try fixture.waitUntilFolded(1)
        try running.drain()
    }

    @Test func aBacklogIsFolded() throws {
        var random = SeededGenerator(seed: 7)
        let ids = (0..<10_000).map { RequestID(at: ViewFixture.epoch + Int64($0), using: &random) }
        for state in [EdgeState.queued, .purged] {
            try fixture.produce(
                ids.map { ViewFixture.progress($0, [Progress.Edge("a", state), Progress.Edge("b", state)]) })
        }
        let start = ContinuousClock.now
        let running = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(2 * ids.count)
        print("a backlog of \(2 * ids.count) records was folded in \(ContinuousClock.now - start), start included")
        try running.drain()
        #expect(try fixture.view.reader.counts()[.completed] == ids.count)
    }

    @Test func aViewHasOneProjector() throws {
        let first = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(0)
        let second = RunningRole(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        let error = #expect(throws: StorageError.self) { try second.wait() }
        #expect(error?.description.contains("locked by another process") == true)
        try first.drain()
    }

    @Test func aFullDiskIsSaidAndWaitedForAndNothingIsLost() throws {
        var random = SeededGenerator(seed: 6)
        let story = ViewFixture.story(requests: 400, using: &random)
        // The view may not grow, and something else takes its room.
        _ = try fixture.view.writer(partitions: ProjectorFixture.partitions)
        let connection = try Connection(path: fixture.view.path, access: .write)
        try connection.execute("CREATE TABLE ballast (a BLOB); INSERT INTO ballast VALUES (zeroblob(1000000))")
        var configuration = fixture.configuration()
        configuration.storage.bytesMax = 1
        let projector = Projector(configuration, log: .silent, metrics: MetricsRegistry())
        let running = RunningRole(projector)
        try fixture.produce(story)
        try eventually("the projector says that there is no room") {
            projector.problem?.contains("no room for the database") == true
        }
        #expect(try fixture.view.reader.counts().values.allSatisfy { $0 == 0 })

        try connection.execute("DROP TABLE ballast")
        try fixture.waitUntilFolded(story.count)
        try eventually("all is well again") { projector.problem == nil }
        try running.drain()
        var records: [RequestID: StatusRecord] = [:]
        try fixture.view.reader.forEachRecord { records[$0.id] = $0 }
        #expect(records == folded(story))
    }
}
