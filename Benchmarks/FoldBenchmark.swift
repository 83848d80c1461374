import Foundation
import Invalidations
import Kafka
import Runtime
import TestSupport
import TopicCatalogue
import Views

/// How fast a view's writer folds batches like the projector's, in each kind of database: without Kafka or JSON.
///
/// Each request is published, begun and done at three edges, with the news of 1,000 others in between: in batches of
/// 1,000 one row is made and two are replaced for three events.
struct FoldBenchmark {
    let events: Int
    /// Nil for both.
    let isOnFile: Bool?
    /// The projector's own, unless it is given.
    let batchMax: Int
    let results: Results

    init(events: Int, isOnFile: Bool?, batchMax: Int?, results: Results) {
        self.results = results
        (self.events, self.isOnFile) = (events, isOnFile)
        let configuration = ProjectorConfiguration(kafka: KafkaConfiguration(brokers: []), view: .file(""))
        self.batchMax = batchMax ?? configuration.batchMax
    }

    func run() throws {
        let directory = try TemporaryDirectory("bench-fold")
        if isOnFile != false { try measure("SQLite", .file(directory.file("view.sqlite")), aim: 100_000) }
        guard isOnFile != true else { return }
        guard PostgresServer.isAvailable else {
            return print("PostgreSQL is not measured: \(PostgresServer.missing ?? "")")
        }
        try measure("PostgreSQL", .postgres(url: PostgresCluster.createDatabase()), aim: 50_000)
    }

    private func measure(_ name: String, _ location: ViewLocation, aim: Double) throws {
        let writer = try ViewWriter(location)
        let topics = TopicName.invalidations + [TopicName.progress, TopicName.dead, TopicName.control]
        _ = try writer.open(Dictionary(topics.map { ($0, 1) }) { first, _ in first })
        var stream = FoldEvents(requests: events / 3, lag: 1_000, from: .now())
        var times: [Duration] = []
        let processor = clock()
        while let batch = stream.next(max: batchMax) {
            let start = MonotonicTime.now()
            try writer.apply(batch)
            times.append(.now() - start)
        }
        let total = times.reduce(.zero, +) / .seconds(1)
        results.add("fold, \(name)", Double(stream.count) / total, "events/s", atLeast: aim)
        let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
        print(
            String(
                format:
                    "%@: %.0f events/s, %d in batches of %d; %.1f s, of this process %.1f s; p99 of a batch %.1f ms",
                name, Double(stream.count) / total, stream.count, batchMax, total, used,
                LatencySummary(times).p99 / .milliseconds(1)))
    }
}
