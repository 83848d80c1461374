// Process that follows the writes of the cache, for tests that kill or freeze it.
import CacheWrites
import Caches
import Glibc
import Kafka
import Runtime
import Storage

/// Arguments: broker, topic prefix, URL of the database, milliseconds of a session and until a flush.
struct FollowerProcess {
    let arguments = CommandLine.arguments

    func run() throws -> RunOutcome {
        guard arguments.count == 6, let session = Int(arguments[4]), let delay = Int(arguments[5]) else {
            throw UsageError("five arguments are needed", command: "cachesync-write-follower")
        }
        let log = Log(level: .info, format: .text)
        var kafka = KafkaConfiguration(brokers: [arguments[1]], clientID: "follower")
        kafka.topicPrefix = arguments[2]
        var configuration = FollowerConfiguration(kafka: kafka, database: try PostgresAddress(arguments[3]))
        configuration.sessionTimeout = .milliseconds(session)
        configuration.settings.delay = .milliseconds(delay)
        let writes = try WriteLog(kafka, log: log)
        defer { writes.close(within: .seconds(1)) }
        let follower = try WriteFollower(configuration, writes: writes, metrics: MetricsRegistry(), log: log)
        return RoleRunner(log: log, drainDeadline: .seconds(10), stopDeadline: .seconds(5)).run([follower])
    }
}

do {
    let outcome = try FollowerProcess().run()
    Glibc.exit(outcome.exitCode.rawValue)
} catch {
    Log(format: .text).error("\(error)")
    Glibc.exit(1)
}
