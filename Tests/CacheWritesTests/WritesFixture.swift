import CacheWrites
import Caches
import Foundation
import Invalidations
import Kafka
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing
import TopicCatalogue

/// Topics of the writes on a real Kafka, and a database on a real PostgreSQL.
final class WritesFixture {
    static let partitions = 3

    let kafka: KafkaConfiguration
    let database: String
    let writes: WriteLog
    private let lines = LogLines()

    /// - Parameters:
    ///   - database: a URL; nil for a database of its own on the shared server.
    ///   - kafka: nil for the shared one.
    ///   - purpose: empty where the topics are there already.
    init(_ purpose: String, database: String? = nil, kafka: KafkaConfiguration? = nil) throws {
        var kafka = try kafka ?? KafkaCluster.configuration()
        kafka.topicPrefix = purpose.isEmpty ? "" : KafkaCluster.uniqueName(purpose) + "."
        self.kafka = kafka
        self.database = try database ?? PostgresCluster.createDatabase()
        let definitions = TopicCatalogue.all.filter { [TopicName.cacheWrites, TopicName.cacheDead].contains($0.name) }
        if !purpose.isEmpty {
            let small = definitions.map { definition in
                var definition = definition
                definition.partitions = Self.partitions
                return definition
            }
            try TopicSetup.apply(small, to: KafkaAdmin(kafka))
        }
        writes = try WriteLog(kafka, log: Log(level: .info) { [lines] in lines.add($0) })
    }

    deinit { writes.close(within: .seconds(5)) }

    static var missing: Comment { Comment(rawValue: PostgresServer.missing ?? KafkaCluster.missing ?? "") }
    static var isAvailable: Bool { PostgresServer.isAvailable && KafkaCluster.isAvailable }

    var log: Log { Log(level: .info) { [lines] in lines.add($0) } }

    /// - Parameter change: of the usual settings.
    func startFollower(_ change: (inout FollowerConfiguration) -> Void = { _ in }) throws -> RunningFollower {
        var configuration = FollowerConfiguration(kafka: kafka, database: try PostgresAddress(database))
        configuration.settings.delay = .milliseconds(50)
        configuration.settings.pauseFirst = .milliseconds(50)
        configuration.settings.pauseLongest = .milliseconds(500)
        change(&configuration)
        return try RunningFollower(configuration, writes, log)
    }

    /// - Parameters:
    ///   - number: becomes the value; nil for a delete.
    ///   - condition: that must hold.
    static func record(
        _ key: String, _ number: Int?, namespace: String = "shop", condition: VersionCondition? = nil,
        fingerprint: WriteFingerprint? = nil
    ) throws -> WriteRecord {
        let change =
            try number.map {
                PendingWrite.Change.set(
                    try CacheValue(Array("\($0)".utf8)), tags: ["t1", "t2"],
                    lifetime: Lifetime(fresh: .seconds(60), staleIfError: .seconds(5)))
            } ?? .delete
        return try WriteRecord(
            namespace: #require(Namespace(namespace)), key: CacheKey(key), change: change,
            details: WriteDetails(writtenAt: .now(), condition: condition, fingerprint: fingerprint))
    }

    /// Appends to the log, past any owner, and waits for the acknowledgement.
    @discardableResult
    func append(_ record: WriteRecord) throws -> LogPosition {
        let answer = Answer<Result<LogPosition, AppendError>>()
        try writes.append(record) { answer.set($0) }
        return try answer.value().get()
    }

    /// Values by key, as the database has them.
    func rows() throws -> [String: Int] {
        let connection = try connect()
        var rows: [String: Int] = [:]
        try connection.run("SELECT key, value FROM entries").forEachRow { row in
            rows[String(decoding: row.bytes(0), as: UTF8.self)] = Int(String(decoding: row.bytes(1), as: UTF8.self))
        }
        return rows
    }

    func connect() throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = "cachesync_cache"
        return try PostgresConnection(PostgresAddress(database), options: options)
    }

    func explained<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            throw ProcessWorldError("\(error)\n\(lines.all.suffix(40).joined(separator: "\n"))")
        }
    }

    func expectRows(_ wanted: [String: Int], within deadline: Duration = .seconds(60)) throws {
        try explained {
            do {
                try eventually("the rows are there", within: deadline) { (try? rows()) == wanted }
            } catch {
                let found = try rows()
                let wrong = Set(found.keys).union(wanted.keys).filter { found[$0] != wanted[$0] }.sorted()
                let texts = wrong.prefix(20).map { key in
                    "\(key): \(String(describing: found[key])) is not \(String(describing: wanted[key]))"
                }
                throw ProcessWorldError("\(error): \(wrong.count) differ: \(texts.joined(separator: ", "))")
            }
        }
    }

    /// Dead letters so far: key, value and headers by name.
    func deadLetters() throws -> [(key: String, value: [UInt8]?, headers: [String: String])] {
        let partitions = (0..<Int32(Self.partitions)).map { TopicPartition(TopicName.cacheDead, $0) }
        let ends = try KafkaConsumer(kafka, ConsumerTuning()).ends(of: partitions, timeout: .seconds(10))
        var found: [(key: String, value: [UInt8]?, headers: [String: String])] = []
        try LogRangeReader.readAll(kafka, ends.map { LogRange($0.key, from: 0, to: $0.value) }) { record in
            let headers = record.headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }
            found.append(
                (
                    String(decoding: record.key ?? UnsafeRawBufferPointer(start: nil, count: 0), as: UTF8.self),
                    record.value.map { Array($0) }, Dictionary(headers) { $1 }
                ))
        }
        return found
    }
}

/// Follower's role on a thread of its own.
final class RunningFollower {
    let follower: WriteFollower
    let registry = MetricsRegistry()
    private let thread: RoleThread

    init(_ configuration: FollowerConfiguration, _ writes: WriteLog, _ log: Log) throws {
        follower = try WriteFollower(configuration, writes: writes, metrics: registry, log: log)
        thread = try RoleThread.running(follower)
    }

    deinit { end() }

    func waitUntilOwner(of count: Int = WritesFixture.partitions) throws {
        try eventually("\(count) partitions are owned", within: .seconds(60)) { follower.state.owned.count == count }
    }

    /// Appends through the owner, and waits for the write's turn.
    @discardableResult
    func append(_ record: WriteRecord) throws -> AppendedWrite {
        let answer = Answer<Result<AppendedWrite, AppendError>>()
        try follower.append(record) { answer.set($0) }
        return try answer.value().get()
    }

    func count(_ metric: String) -> Int {
        let line = registry.exposition().split(separator: "\n").first { $0.hasPrefix("\(metric) ") }
        return line.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
    }

    /// Lets it end in order, or at once.
    func end(atOnce: Bool = false) {
        if !atOnce { try? thread.drain(within: .seconds(60)) }
        thread.end()
    }
}

/// Value that another thread brings.
final class Answer<Value: Sendable>: Sendable {
    private let slot = Mutex<Value?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    func set(_ value: Value) {
        slot.withLock { $0 = value }
        ready.signal()
    }

    func value() throws -> Value {
        guard ready.wait(timeout: .now() + 60) == .success else { throw ProcessWorldError("no answer in a minute") }
        return try #require(slot.withLock { $0 })
    }
}

private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
