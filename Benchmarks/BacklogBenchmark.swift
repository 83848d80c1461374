import Foundation
import Kafka
import TestSupport
import TopicCatalogue

/// Memory of a worker process that works through a long backlog.
struct BacklogBenchmark {
    private static let namespaces = 1_000
    private static let group = "cachesync-worker"
    /// The memory is looked at each time so many more parts of the backlog are done.
    private static let parts = 10

    let records: Int
    /// All of them equally fast.
    let edges: Int

    func run() throws {
        let broker = try KafkaBroker()
        let directory = try TemporaryDirectory("bench-backlog")
        let nginx = try NginxServer("location / { return 204; }")
        let edges = (1...edges).map { number in
            "  - {name: stub-\(number), adapter: http, address: \"\(nginx.url)\", connections: 64, "
                + "limits: {requests: none}}"
        }
        try directory.write(
            "cachesync.yaml",
            """
            kafka: {brokers: ["\(broker.brokers[0])"]}
            log: {level: warning}
            edges:
            \(edges.joined(separator: "\n"))

            """)
        let options = ["--config", directory.file("cachesync.yaml")]
        let applied = try BuiltCommand.run(["topics", "apply"] + options)
        guard applied.exitCode == 0 else { throw BenchmarkError(applied.output) }
        let load = try Load(broker.configuration).fill(records, namespaces: Self.namespaces)
        print(
            "a backlog of \(records) records of \(load.bytesPerRecord) bytes, \(Self.namespaces) namespaces, "
                + "\(edges.count) edges, one worker loop"
        )
        let run = WorkerRun(
            broker.configuration, group: Self.group, options: options, log: directory.file("worker.log"))
        let result = try run.run(records, parts: Self.parts) { done, kilobytes in
            print(String(format: "%12d done, %4.0f MB", done, Double(kilobytes) / 1024))
        }
        print(
            String(
                format: "%.0f records/s, %.0f MB at its peak", result.recordsPerSecond,
                Double(result.peakKilobytes) / 1024))
        let consumer = try KafkaConsumer(broker.configuration, ConsumerTuning())
        defer { _ = consumer.close(deadline: .seconds(5)) }
        let retries = TopicName.retries.flatMap { Partitions.all(of: $0) }
        let deferred = try consumer.ends(of: retries, timeout: .seconds(20)).values.reduce(0, +)
        print("\(deferred) records on retry topics")
        guard deferred == 0 else { throw BenchmarkError("a plain backlog must wait in order") }
    }
}
