import Foundation
import Invalidations
import Kafka
import TestSupport
import TopicCatalogue

/// One URL purge a record: from Kafka through a whole worker process to an nginx that answers at once, beside
/// wrk on the same nginx, and beside consuming and decoding the same records alone.
struct PurgeBenchmark {
    static let namespaces = 1_000
    private static let group = "cachesync-worker"

    let records: Int

    func run() throws {
        let broker = try KafkaBroker()
        let directory = try TemporaryDirectory("bench")
        // What the real module answers to a purge, without the cache.
        let nginx = try NginxServer(#"location / { return 200 "Successful purge\n"; }"#)
        let kafka = broker.configuration
        try directory.write(
            "cachesync.yaml",
            """
            kafka: {brokers: ["\(broker.brokers[0])"]}
            log: {level: warning}
            edges:
              - {name: nginx-1, adapter: nginx, address: "\(nginx.url)"}

            """)
        let options = ["--config", directory.file("cachesync.yaml")]
        let applied = try BuiltCommand.run(["topics", "apply"] + options)
        guard applied.exitCode == 0 else { throw BenchmarkError(applied.output) }

        let before = try Wrk.requestsPerSecond(nginx.url + "/purge/p/1")
        let load = try Load(kafka).fill(records, namespaces: Self.namespaces)
        let decoding = try Decoding(kafka).run(records)
        let worker = try WorkerRun(kafka, group: Self.group, options: options, log: directory.file("worker.log")).run(
            records)
        let after = try Wrk.requestsPerSecond(nginx.url + "/purge/p/1")

        let wrk = (before + after) / 2
        print(
            "\(records) records of \(load.bytesPerRecord) bytes, \(Self.namespaces) namespaces, "
                + "one edge, one worker loop")
        row("wrk on the stub, 64 connections", wrk, "requests/s (\(Int(before)) before, \(Int(after)) after)")
        row("consume and decode alone", decoding, "records/s")
        row("worker process", worker.recordsPerSecond, "records/s")
        print(String(format: "worker / wrk: %.2f", worker.recordsPerSecond / wrk))
        print(String(format: "worker memory: %.0f MB at its peak", Double(worker.peakKilobytes) / 1024))
        print(String(format: "worker processor time: %.1f µs a record", worker.processorMicroseconds / Double(records)))
    }

    private func row(_ name: String, _ value: Double, _ unit: String) {
        print(name.padding(toLength: 34, withPad: " ", startingAt: 0) + String(format: "%10.0f ", value) + unit)
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
