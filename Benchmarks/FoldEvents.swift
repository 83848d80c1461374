import Invalidations
import Kafka
import TestSupport
import TopicCatalogue
import Views

/// Events in the order of a day: news of older requests between new ones.
struct FoldEvents {
    private static let namespaces = (0..<20).compactMap { Namespace("shop-\($0)") }
    private static let edges = ["fastly", "nginx", "varnish"]

    let requests: [(id: RequestID, namespace: Namespace, at: Timestamp)]
    /// How many requests lie between two pieces of news of one.
    let lag: Int
    private(set) var count = 0
    private var position = 0
    private var details = PublicationDetails()
    private var publications: Int64 = 0
    private var reports: Int64 = 0

    /// - Parameter start: the time of the first; ids differ in nothing else from run to run.
    init(requests count: Int, lag: Int, from start: Timestamp) {
        var random = SeededGenerator(seed: 1)
        requests = (0..<count).map { index in
            let at = start + Int64(index / 20)
            return (RequestID(at: at, using: &random), Self.namespaces[index % Self.namespaces.count], at)
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
            StatusRecord(invalidation, publishedAt: request.at, details: text), from: partition, offset: publications)
        publications += 1
    }

    private mutating func report(_ index: Int, _ state: EdgeState, _ batch: inout ProjectionBatch) {
        guard requests.indices.contains(index) else { return }
        let request = requests[index]
        let progress = Progress(
            id: request.id, namespace: request.namespace, requestedAt: request.at, at: request.at + 10,
            source: "worker", edges: Self.edges.map { Progress.Edge($0, state) })
        batch.add(progress, from: TopicPartition(TopicName.progress, 0), offset: reports)
        reports += 1
    }
}
