import Foundation
import HTTP
import Kafka

/// A real Kafka and processes of Cache Sync, to be stopped or killed.
public final class ProcessWorld {
    public let broker: KafkaBroker
    public let directory: TemporaryDirectory
    private var processes: [String: ChildProcess] = [:]

    public init(_ purpose: String, heap: String = KafkaBroker.smallHeap) throws {
        directory = try TemporaryDirectory(purpose)
        broker = try KafkaBroker(heap: heap)
    }

    /// Options of every command.
    public var options: [String] { ["--config", directory.file("cachesync.yaml")] }

    /// Writes the configuration. Processes that run keep the one they began with.
    ///
    /// - Parameters:
    ///   - edges: one line of YAML each, such as `{name: a, adapter: http, address: …}`.
    ///   - kafka: more lines of the section.
    ///   - view: the URL of a database; nil for a file in the world's directory.
    ///   - more: further sections.
    public func configure(edges: [String], kafka: [String] = [], view: String? = nil, more: String = "") throws {
        let address = view.map { "url: \"\($0)\"" } ?? "path: \"\(directory.file("view.db"))\""
        let kafka = (["brokers: [\"\(broker.brokers[0])\"]"] + kafka).map { "  \($0)" }
        try directory.write(
            "cachesync.yaml",
            """
            kafka:
            \(kafka.joined(separator: "\n"))
            view: {\(address)}
            log: {level: info, format: text}
            \(more)
            edges:
            \(edges.map { "  - \($0)" }.joined(separator: "\n"))

            """)
    }

    /// Runs a command with this configuration to its end.
    public func runCommand(_ words: [String]) throws -> (exitCode: Int32, output: String) {
        try BuiltCommand.run(words + options)
    }

    public func applyTopics() throws {
        let result = try runCommand(["topics", "apply"])
        guard result.exitCode == 0 else { throw ProcessWorldError("topics apply: \(result.output)") }
    }

    /// - Parameter name: of the process and of its log; one of the same name that has ended is forgotten.
    @discardableResult
    public func startRole(
        _ role: String, as name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let process = try BuiltCommand.startProcess(
            [role] + options + arguments, environment: environment, output: directory.file("\(name).log"))
        processes[name] = process
        return process
    }

    /// Waits until gateways can do their work.
    ///
    /// - Parameter addresses: host and port of each.
    public func waitUntilReady(_ addresses: [String]) throws {
        try explained {
            try eventually("\(addresses.joined(separator: ", ")) are ready", within: .seconds(60)) {
                addresses.allSatisfy { address in
                    let request = HTTPClientRequest(url: "http://\(address)/health/ready")
                    return (try? HTTPFetch.perform(request))?.status == 200
                }
            }
        }
    }

    public func kill(_ name: String) {
        processes[name]?.kill()
    }

    /// Asks it to end, and does not wait.
    public func askToStop(_ name: String) {
        processes[name]?.signal(SIGTERM)
    }

    /// Asks it to end and waits.
    ///
    /// - Returns: its exit code; nil when there is no such process.
    public func stop(_ name: String, within deadline: Duration = .seconds(40)) throws -> Int32? {
        processes[name]?.signal(SIGTERM)
        return try explained { try processes[name]?.waitForExit(within: deadline) }
    }

    /// Asks it twice to end, so that it leaves what is open to others, and waits.
    public func stopAtOnce(_ name: String) throws {
        processes[name]?.signal(SIGTERM)
        processes[name]?.signal(SIGINT)
        _ = try explained { try processes[name]?.waitForExit(within: .seconds(20)) }
    }

    /// Records that the workers have not finished, in all partitions of these topics.
    public func lag(_ topics: [String], group: String = "cachesync-worker") throws -> Int64 {
        try KafkaAdmin(broker.configuration).lag(group: group, topics: topics).reduce(0) { $0 + $1.records }
    }

    /// What fails, fails with the last words of every process.
    public func explained<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            throw ProcessWorldError("\(error)\n\(lastWords)")
        }
    }

    private var lastWords: String {
        processes.keys.sorted().map { name in
            let log = (try? String(contentsOfFile: directory.file("\(name).log"), encoding: .utf8)) ?? ""
            return "--- \(name)\n" + log.split(separator: "\n").suffix(15).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

public struct ProcessWorldError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
