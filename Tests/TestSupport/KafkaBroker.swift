import Foundation
public import Kafka
import Synchronization

/// A real Kafka of one node (KRaft), from `KAFKA_HOME`, in a temporary directory.
///
/// It ends at deinit, and with the test process.
public final class KafkaBroker: Sendable {
    /// Listeners besides the plain one.
    public struct Listeners: Sendable {
        /// TLS with user name and password (SASL PLAIN).
        public var login: (user: String, password: String)?
        /// TLS that asks clients for a certificate which this one has signed (its own key, most likely).
        public var clientCertificate: TestCertificate?

        public init(login: (user: String, password: String)? = nil, clientCertificate: TestCertificate? = nil) {
            self.login = login
            self.clientCertificate = clientCertificate
        }
    }

    /// The broker's certificate, which is its own authority.
    public let certificate: TestCertificate?
    public let directory: TemporaryDirectory
    private let home: String
    private let heap: String
    private let process = Mutex<ChildProcess?>(nil)
    /// Plain, login, certificate, controller.
    private let ports = Mutex<[Int]>([])

    public var port: Int { ports.withLock { $0[0] } }
    /// The TLS listeners, for those who asked for them.
    public var loginPort: Int { ports.withLock { $0[1] } }
    public var certificatePort: Int { ports.withLock { $0[2] } }
    /// The plain listener.
    public var brokers: [String] { ["127.0.0.1:\(port)"] }
    public var configuration: KafkaConfiguration { KafkaConfiguration(brokers: brokers, clientID: "test") }
    public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    /// What a broker of a test needs.
    public static let smallHeap = "-Xms64m -Xmx320m"
    /// So large that the collector, which stops everything for a tenth of a second, does not run within a minute or
    /// two: for measuring how long records take. A single such pause decides a 99th percentile.
    public static var largeHeap: String {
        let gigabytes = max(2, min(10, availableGigabytes / 2))
        return "-Xms\(gigabytes)g -Xmx\(gigabytes)g -Xmn\(gigabytes * 1024 - 1024)m -XX:+AlwaysPreTouch"
    }

    /// Of the machine's memory; 0 where it does not say.
    private static var availableGigabytes: Int {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) >> 20
    }

    /// Formats the storage, starts, and waits until the broker answers.
    ///
    /// - Parameter heap: options of Java.
    public init(_ listeners: Listeners = Listeners(), heap: String = KafkaBroker.smallHeap) throws {
        self.heap = heap
        home = try KafkaHome.path()
        directory = try TemporaryDirectory("kafka")
        let isTLS = listeners.login != nil || listeners.clientCertificate != nil
        certificate = isTLS ? try TestCertificate() : nil
        // Somebody else may have a port before Kafka binds it: then others are tried.
        for attempt in 1...5 {
            do {
                try startFirst(listeners)
                return
            } catch let failure as KafkaBrokerFailure where attempt < 5 && failure.isOfPorts {
                kill()
                try FileManager.default.removeItem(atPath: directory.file("data"))
            }
        }
    }

    deinit { kill() }

    private func startFirst(_ listeners: Listeners) throws {
        let free = try freePorts(4)
        ports.withLock { $0 = free }
        let settings = KafkaBrokerSettings(
            ports: free, listeners: listeners, certificate: certificate, directory: directory.path)
        try directory.write("server.properties", settings.text())
        try run("kafka-storage.sh", ["format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c"]).waitForSuccess(in: self)
        try startOnce(within: .seconds(60))
    }

    /// Starts the broker again on its data and ports, and waits until it answers.
    public func startBroker(within deadline: Duration = .seconds(60)) throws {
        let end = ContinuousClock.now + deadline
        while true {
            do {
                return try startOnce(within: deadline)
            } catch let failure as KafkaBrokerFailure where failure.isOfPorts && ContinuousClock.now < end {
                // A connection of somebody else has the port for a while.
            }
        }
    }

    private func startOnce(within deadline: Duration) throws {
        // What it says is of this time.
        try? FileManager.default.removeItem(atPath: directory.file("kafka.log"))
        let started = try run("kafka-server-start.sh", [])
        process.withLock { $0 = started }
        let port = self.port
        try eventually("Kafka listens on port \(port)", within: deadline) {
            guard started.isRunning else { throw KafkaBrokerFailure(log) }
            return accepts(port: port)
        }
        let admin = try KafkaAdmin(configuration)
        try eventually("Kafka answers", within: deadline) {
            // Who answers may be somebody else, who has its port.
            guard started.isRunning else { throw KafkaBrokerFailure(log) }
            return (try? admin.metadata(timeout: .seconds(1)).brokers.count) == 1
        }
    }

    /// Gives a topic more partitions.
    public func addPartitions(to topic: String, count: Int) throws {
        let tool = try ChildProcess(
            [
                "\(home)/bin/kafka-topics.sh", "--bootstrap-server", brokers[0], "--alter", "--topic", topic,
                "--partitions", "\(count)",
            ], environment: ["LOG_DIR": directory.file("logs")], output: directory.file("tool.log"))
        guard try tool.waitForExit(within: .seconds(60)) == 0 else {
            throw KafkaBrokerFailure(try String(contentsOfFile: directory.file("tool.log"), encoding: .utf8))
        }
    }

    /// Asks the broker to end (SIGTERM) and waits until it has.
    public func stop() throws {
        let running = process.withLock { process in
            defer { process = nil }
            return process
        }
        running?.signal(SIGTERM)
        try running?.waitForExit(within: .seconds(60))
    }

    /// Ends the broker at once (SIGKILL).
    public func kill() {
        process.withLock { process in
            process?.kill()
            process = nil
        }
    }

    /// Stops the broker without ending it (SIGSTOP): it keeps its connections and says nothing, until `thaw`.
    public func freeze() { process.withLock { $0?.signal(SIGSTOP) } }

    public func thaw() { process.withLock { $0?.signal(SIGCONT) } }

    /// What the broker has written since it was started last.
    fileprivate var log: String {
        (try? String(contentsOfFile: directory.file("kafka.log"), encoding: .utf8)) ?? ""
    }

    private func run(_ tool: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            ["\(home)/bin/\(tool)"] + arguments + [directory.file("server.properties")],
            environment: ["KAFKA_HEAP_OPTS": heap, "LOG_DIR": directory.file("logs")],
            output: directory.file("kafka.log"))
    }
}

/// Kafka did not start; the description is the end of what it said.
public struct KafkaBrokerFailure: Error, CustomStringConvertible {
    public let description: String
    /// Whether somebody else had one of its ports.
    let isOfPorts: Bool

    init(_ log: String) {
        description = String(log.suffix(4_000))
        isOfPorts = log.contains("Address already in use")
    }
}

extension ChildProcess {
    fileprivate func waitForSuccess(in broker: KafkaBroker) throws {
        guard try waitForExit(within: .seconds(60)) == 0 else {
            throw KafkaBrokerFailure(broker.log)
        }
    }
}

/// Where a distribution of Kafka lies on this machine.
public enum KafkaHome {
    /// Why no broker of our own can be started; nil when it can.
    public static let missing: String? = {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
            return "KAFKA_HOME is not set: it should name an unpacked Apache Kafka"
        }
        guard FileManager.default.isExecutableFile(atPath: "\(home)/bin/kafka-server-start.sh") else {
            return "KAFKA_HOME is \(home), which has no bin/kafka-server-start.sh"
        }
        let java = ProcessInfo.processInfo.environment["JAVA_HOME"].map { ["\($0)/bin"] } ?? []
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard (java + path).contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/java") }) else {
            return "there is no java in PATH or JAVA_HOME: Kafka needs a JRE 17"
        }
        return nil
    }()

    public static var isAvailable: Bool { missing == nil }

    static func path() throws -> String {
        if let missing { throw KafkaBrokerFailure(missing) }
        return ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
    }
}
