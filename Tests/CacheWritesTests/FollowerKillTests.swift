import CacheWrites
import Caches
import Foundation
import Invalidations
import Kafka
import Storage
import Synchronization
import TestSupport
import Testing

/// Processes that follow the writes, while they and their database are killed.
@Suite(.serialized, .enabled(if: WritesFixture.isAvailable, WritesFixture.missing))
struct FollowerKillTests {
    private enum Fault: CaseIterable {
        case killFirst
        case killSecond
        case killBoth
        case killDatabase
        case stopDatabase
        case killWithoutDatabase
        case killBroker
        case freeze
    }

    /// Every acknowledged write arrives, the newest of each key, and no row ever goes back.
    @Test(.timeLimit(.minutes(5)))
    func noWriteIsLostWhateverIsKilled() throws {
        var random = SeededGenerator.printed("kills of followers")
        let server = try PostgresServer()
        let broker = try KafkaBroker()
        let fixture = try WritesFixture("kills", database: server.createDatabase(), kafka: broker.configuration)
        let world = try FollowerProcesses(fixture)
        try world.startProcess("a")
        try world.startProcess("b")
        try fixture.explained {
            try eventually("all partitions are claimed", within: .seconds(60)) {
                (try? world.epochs())?.count == WritesFixture.partitions
            }
        }
        try world.recordHistory()
        let traffic = Traffic(fixture.writes, seed: random.next())
        for fault in Fault.allCases.shuffled(using: &random) {
            print("fault: \(fault)")
            try traffic.waitForMore(300)
            switch fault {
            case .killFirst: try world.killAndRestart(["a"])
            case .killSecond: try world.killAndRestart(["b"])
            case .killBoth: try world.killAndRestart(["a", "b"])
            case .killDatabase:
                server.kill()
                try traffic.waitForMore(300)
                try server.restart()
            case .stopDatabase:
                try server.stop()
                try traffic.waitForMore(300)
                try server.restart()
            case .killWithoutDatabase:
                server.kill()
                try world.killAndRestart(["a", "b"])
                try traffic.waitForMore(300)
                try server.restart()
            case .killBroker:
                broker.kill()
                try broker.startBroker()
            case .freeze: try world.freezeUntilReplaced("a")
            }
        }
        let newest = try traffic.finish()
        do {
            try fixture.expectRows(newest, within: .seconds(90))
        } catch {
            throw ProcessWorldError("\(error)\n\(world.logs)")
        }
        #expect(try world.stepsBack() == 0, "rows went back to older writes")
        #expect(try fixture.deadLetters().isEmpty)
    }

    @Test(.timeLimit(.minutes(2)))
    func aFollowerIsWellOnceKafkaAnswersOnceMore() throws {
        let broker = try KafkaBroker()
        let fixture = try WritesFixture("well", kafka: broker.configuration)
        let running = try fixture.startFollower()
        try running.waitUntilOwner()
        try running.append(WritesFixture.record("k", 1))
        try eventually("it is well") { running.follower.state.problem == nil }
        broker.kill()
        try eventually("it misses Kafka", within: .seconds(60)) { running.follower.state.problem != nil }
        try broker.startBroker()
        try eventually("it is well once more", within: .seconds(60)) {
            running.follower.state.problem == nil && running.follower.state.owned.count == WritesFixture.partitions
        }
        try running.append(WritesFixture.record("k", 2))
        try fixture.expectRows(["k": 2])
        running.end()
    }
}

/// Follower processes of a test.
private final class FollowerProcesses {
    private let fixture: WritesFixture
    private let directory: TemporaryDirectory
    private var processes: [String: ChildProcess] = [:]
    private var starts = 0
    private var files: [String: String] = [:]

    init(_ fixture: WritesFixture) throws {
        self.fixture = fixture
        directory = try TemporaryDirectory("followers")
    }

    var logs: String {
        files.keys.sorted().map { "\($0):\n\(log(of: $0).suffix(4_000))" }.joined(separator: "\n")
    }

    /// Since its last start.
    private func log(of name: String) -> String {
        files[name].flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? ""
    }

    func startProcess(_ name: String) throws {
        let program = URL(filePath: BuiltCommand.ownPath).deletingLastPathComponent()
            .appending(path: "cachesync-write-follower").path
        starts += 1
        let file = directory.file("\(name)-\(starts).log")
        files[name] = file
        processes[name] = try ChildProcess(
            [program, fixture.kafka.brokers[0], fixture.kafka.topicPrefix, fixture.database, "2000", "200"],
            output: file)
    }

    func killAndRestart(_ names: [String]) throws {
        for name in names { processes[name]?.kill() }
        for name in names { try startProcess(name) }
    }

    /// Freezes it beyond its session, until the others have claimed its partitions.
    func freezeUntilReplaced(_ name: String) throws {
        try eventually("\(name) owns partitions", within: .seconds(60)) { log(of: name).contains("is owned") }
        processes[name]?.signal(SIGSTOP)
        defer { processes[name]?.signal(SIGCONT) }
        let before = try epochs()
        // The others get all partitions anew, and claim each of them.
        try eventually("others claim its partitions", within: .seconds(60)) {
            zip(try epochs(), before).allSatisfy { $0 > $1 }
        }
    }

    /// Epochs of the partitions, in their order.
    func epochs() throws -> [Int64] {
        var epochs: [Int64] = []
        try fixture.connect().run("SELECT epoch FROM fence ORDER BY partition_id").forEachRow { row in
            epochs.append(row.integer(0))
        }
        return epochs
    }

    /// Has the database remember each version of each row.
    func recordHistory() throws {
        try fixture.connect().execute(
            """
            CREATE TABLE history (number bigserial, key bytea, log_offset bigint);
            CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO history (key, log_offset) VALUES (NEW.key, NEW.log_offset);
                RETURN NEW;
            END $$;
            CREATE TRIGGER remember AFTER INSERT OR UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION remember()
            """)
    }

    /// How often a row was replaced by one that is not newer.
    func stepsBack() throws -> Int {
        let connection = try fixture.connect()
        #expect(try connection.integer("SELECT count(*) FROM history") ?? 0 > 100)
        return Int(
            try connection.integer(
                """
                SELECT count(*) FROM (
                    SELECT log_offset <= lag(log_offset) OVER (PARTITION BY key ORDER BY number) AS is_back FROM history
                ) AS steps WHERE is_back
                """) ?? -1)
    }
}

/// Writes of 150 keys, appended one after the other by a thread of its own.
private final class Traffic: Sendable {
    private struct State {
        var newest: [String: Int] = [:]
        /// Keys whose last write may be in the log, or not.
        var unclear: Set<String> = []
        var acknowledged = 0
        var isEnding = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    init(_ writes: WriteLog, seed: UInt64) {
        Thread.detachNewThread { [self] in run(writes, SeededGenerator(seed: seed)) }
    }

    func waitForMore(_ count: Int) throws {
        let begin = state.withLock { $0.acknowledged }
        try eventually("\(count) more writes are acknowledged", within: .seconds(60)) {
            state.withLock { $0.acknowledged >= begin + count }
        }
    }

    /// - Returns: the newest value of each key.
    func finish() throws -> [String: Int] {
        state.withLock { $0.isEnding = true }
        try eventually("all writes are answered", within: .seconds(60)) { state.withLock { $0.hasEnded } }
        return state.withLock { $0.newest }
    }

    private func run(_ writes: WriteLog, _ generator: SeededGenerator) {
        var random = generator
        var number = 0
        while true {
            let (isEnding, unclear) = state.withLock { ($0.isEnding, $0.unclear.min()) }
            // At the end each key gets a write that is acknowledged.
            if isEnding, unclear == nil { break }
            number += 1
            let key = isEnding ? unclear ?? "" : "k\(Int.random(in: 0..<150, using: &random))"
            let value = Int.random(in: 0..<8, using: &random) == 0 ? nil : number
            let isStored = append(writes, key, value)
            state.withLock { state in
                if isStored {
                    state.newest[key] = value
                    state.unclear.remove(key)
                    state.acknowledged += 1
                } else {
                    state.unclear.insert(key)
                }
            }
        }
        state.withLock { $0.hasEnded = true }
    }

    private func append(_ writes: WriteLog, _ key: String, _ value: Int?) -> Bool {
        let answer = Answer<Result<LogPosition, AppendError>>()
        do {
            try writes.append(WritesFixture.record(key, value)) { answer.set($0) }
            _ = try answer.value().get()
            return true
        } catch {
            return false
        }
    }
}
