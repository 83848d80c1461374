import Foundation
import Invalidations
import Kafka
import TestSupport
import TopicCatalogue

/// One URL purge a record: from Kafka through a whole worker process to an nginx that answers at once, in pipelines and
/// without, beside wrk on the same nginx, and beside consuming and decoding the same records alone; then with two
/// worker loops in one process.
struct PurgeBenchmark {
    static let namespaces = 1_000
    let records: Int
    let results: Results

    func run() throws {
        let broker = try KafkaBroker()
        let directory = try TemporaryDirectory("bench")
        // What the real module answers to a purge, without the cache.
        let nginx = try NginxServer(#"location / { return 200 "Successful purge\n"; }"#)
        let kafka = broker.configuration
        for (name, pipelining, threads) in [("on", "on", 1), ("off", "off", 1), ("two", "on", 2)] {
            try directory.write(
                "\(name).yaml",
                """
                kafka: {brokers: ["\(broker.brokers[0])"]}
                log: {level: warning}
                worker: {group: bench-\(name), threads: \(threads)}
                edges:
                  - {name: nginx-1, adapter: nginx, address: "\(nginx.url)", pipelining: \(pipelining)}

                """)
        }
        let applied = try BuiltCommand.run(["topics", "apply", "--config", directory.file("on.yaml")])
        guard applied.exitCode == 0 else { throw BenchmarkError(applied.output) }

        let before = try Wrk.requestsPerSecond(nginx.url + "/purge/p/1")
        let load = try Load(kafka).fill(records, namespaces: Self.namespaces)
        let decoding = try Decoding(kafka).run(records)
        let workers = try ["off", "on", "two"].map { name in
            try WorkerRun(
                kafka, group: "bench-\(name)", options: ["--config", directory.file("\(name).yaml")],
                log: directory.file("\(name).log")
            ).run(records)
        }
        let after = try Wrk.requestsPerSecond(nginx.url + "/purge/p/1")

        let wrk = (before + after) / 2
        print(
            "\(records) records of \(load.bytesPerRecord) bytes, \(Self.namespaces) namespaces, "
                + "one edge, one worker loop")
        row("wrk on the stub, 64 connections", wrk, "requests/s (\(Int(before)) before, \(Int(after)) after)")
        row("consume and decode alone", decoding, "records/s")
        for (worker, (name, aim)) in zip(workers, [("libcurl", 0.3), ("pipelined", 0.6)]) {
            results.add(
                "URL purges of one worker loop, \(name)", worker.recordsPerSecond, "purges/s",
                beside: "wrk on the same stub", wrk, atLeast: aim)
            results.add("its memory at the peak", Double(worker.peakKilobytes) / 1_024, "MB", atMost: 150)
            results.add("its processor time", worker.processorMicroseconds / Double(records), "µs a record")
        }
        // Confluent's Parallel Consumer with Vert.x did 25,500 where wrk did 133,000, on such a machine.
        results.add(
            "the same", workers[1].recordsPerSecond, "purges/s", beside: "Parallel Consumer's share of wrk",
            wrk * 25_500 / 133_000, atLeast: 3)
        let processors = ProcessInfo.processInfo.activeProcessorCount
        results.add(
            "URL purges of two worker loops in one process, pipelined, \(processors) processors in all",
            workers[2].recordsPerSecond, "purges/s", beside: "one loop", workers[1].recordsPerSecond, atLeast: 1.5)
        results.add("its processor time", workers[2].processorMicroseconds / Double(records), "µs a record")
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
