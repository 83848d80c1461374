import Foundation
import Kafka
import TestSupport
import TopicCatalogue

/// What a worker process keeps in memory while it works through a backlog of many records.
struct BacklogBenchmark {
    private static let namespaces = 1_000
    private static let group = "cachesync-worker"
    /// The memory is looked at each time so many more parts of the backlog are done.
    private static let parts = 10

    let records: Int

    func run() throws {
        let broker = try KafkaBroker()
        let directory = try TemporaryDirectory("bench-backlog")
        let nginx = try NginxServer("location / { return 200; }")
        try directory.write(
            "cachesync.yaml",
            """
            kafka: {brokers: ["\(broker.brokers[0])"]}
            log: {level: warning}
            edges:
              - {name: stub, adapter: http, address: "\(nginx.url)", connections: 64, limits: {requests: none}}

            """)
        let options = ["--config", directory.file("cachesync.yaml")]
        let applied = try BuiltCommand.run(["topics", "apply"] + options)
        guard applied.exitCode == 0 else { throw BenchmarkError(applied.output) }
        let load = try Load(broker.configuration).fill(records, namespaces: Self.namespaces)
        print(
            "a backlog of \(records) records of \(load.bytesPerRecord) bytes, \(Self.namespaces) namespaces, one worker loop"
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
    }
}
