import Foundation
import Invalidations
import Kafka
import Runtime
import TestSupport
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// How fast a view's writer folds batches like the projector's, in each kind of database: without Kafka or JSON.
///
/// Each request is published, begun and done at three edges, with the news of 1,000 others in between: in batches of
/// 1,000 one row is made and two are replaced for three events.
struct FoldBenchmark {
    private static let namespaces = (0..<20).compactMap { Namespace("shop-\($0)") }
    private static let edges = ["fastly", "nginx", "varnish"]

    let events: Int
    /// Nil for both.
    let isOnFile: Bool?
    /// The projector's own, unless it is given.
    let batchMax: Int

    init(events: Int, isOnFile: Bool?, batchMax: Int?) {
        (self.events, self.isOnFile) = (events, isOnFile)
        let configuration = ProjectorConfiguration(kafka: KafkaConfiguration(brokers: []), view: .file(""))
        self.batchMax = batchMax ?? configuration.batchMax
    }

    func run() throws {
        let directory = try TemporaryDirectory("bench-fold")
        if isOnFile != false { try measure("SQLite", .file(directory.file("view.sqlite"))) }
        guard isOnFile != true else { return }
        guard PostgresServer.isAvailable else {
            return print("PostgreSQL is not measured: \(PostgresServer.missing ?? "")")
        }
        try measure("PostgreSQL", .postgres(url: PostgresCluster.createDatabase()))
    }

    private func measure(_ name: String, _ location: ViewLocation) throws {
        let writer = try ViewWriter(location)
        let topics = TopicName.invalidations + [TopicName.progress, TopicName.dead, TopicName.control]
        _ = try writer.open(Dictionary(topics.map { ($0, 1) }) { first, _ in first })
        var stream = Stream(requests: events / 3, lag: 1_000)
        var times: [Duration] = []
        let processor = clock()
        while let batch = stream.next(max: batchMax) {
            let start = MonotonicTime.now()
            try writer.apply(batch)
            times.append(.now() - start)
        }
        let total = times.reduce(.zero, +) / .seconds(1)
        let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
        print(
            String(
                format:
                    "%@: %.0f events/s, %d in batches of %d; %.1f s, of this process %.1f s; p99 of a batch %.1f ms",
                name, Double(stream.count) / total, stream.count, batchMax, total, used,
                LatencySummary(times).p99 / .milliseconds(1)))
    }

    /// Events in the order of a day: news of older requests between new ones.
    private struct Stream {
        let requests: [(id: RequestID, namespace: Namespace, at: Timestamp)]
        /// How many requests lie between two pieces of news of one.
        let lag: Int
        private(set) var count = 0
        private var position = 0
        private var details = PublicationDetails()
        private var publications: Int64 = 0
        private var reports: Int64 = 0

        init(requests count: Int, lag: Int) {
            let start = Timestamp.now()
            requests = (0..<count).map { index in
                let at = start + Int64(index / 20)
                return (RequestID(at: at), FoldBenchmark.namespaces[index % FoldBenchmark.namespaces.count], at)
            }
            self.lag = lag
        }

        mutating func next(max: Int) -> ProjectionBatch? {
            var batch = ProjectionBatch()
            while batch.count + 3 <= max, position < requests.count + 2 * lag {
                publish(position, &batch)
                report(position - lag, .sending, &batch)
                report(position - 2 * lag, .purged, &batch)
                position += 1
            }
            count += batch.count
            return batch.isEmpty ? nil : batch
        }

        private mutating func publish(_ index: Int, _ batch: inout ProjectionBatch) {
            guard requests.indices.contains(index) else { return }
            let request = requests[index]
            let invalidation = Invalidation(
                id: request.id, namespace: request.namespace, selectors: Selectors(tags: ["product-\(index)"]),
                requestedAt: request.at, source: "bench")
            let partition = TopicPartition(TopicName.normal, 0)
            let text = details.text(of: invalidation, [], partition, offset: publications)
            batch.add(
                StatusRecord(invalidation, publishedAt: request.at, details: text), from: partition,
                offset: publications)
            publications += 1
        }

        private mutating func report(_ index: Int, _ state: EdgeState, _ batch: inout ProjectionBatch) {
            guard requests.indices.contains(index) else { return }
            let request = requests[index]
            let progress = Progress(
                id: request.id, namespace: request.namespace, requestedAt: request.at, at: request.at + 10,
                source: "worker", edges: FoldBenchmark.edges.map { Progress.Edge($0, state) })
            batch.add(progress, from: TopicPartition(TopicName.progress, 0), offset: reports)
            reports += 1
        }
    }
}
