import Dispatch
import Edges
import Foundation
import Gateway
import HTTP
import Invalidations
import Kafka
import Runtime
import Storage
import Synchronization
import TestSupport
import TopicCatalogue
import Views

/// A gateway with a real server, an embedded cluster and a real view.
final class GatewayFixture: Sendable {
    let cluster: EmbeddedCluster
    let directory: TemporaryDirectory
    let role: GatewayRole
    let metrics = MetricsRegistry()
    private let thread: RoleThread

    var port: Int { role.port ?? 0 }
    var viewPath: String { directory.file("view.sqlite") }
    let location: ViewLocation

    static let edges = [
        EdgeProfile(name: "varnish-1"), EdgeProfile(name: "nginx-1", accepts: [.urls], unsupported: .skip),
        EdgeProfile(name: "shop-only", namespaces: [.exactly("shop")]),
    ]

    /// - Parameters:
    ///   - location: of the view; nil for a file of its own.
    ///   - makesView: false for a gateway that comes before its projector.
    init(
        view location: ViewLocation? = nil, backlogGuard: (any PublishGuard)? = nil, makesView: Bool = true,
        waitsForReady: Bool = true,
        _ configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) throws {
        cluster = try EmbeddedCluster()
        directory = try TemporaryDirectory("gateway")
        self.location = location ?? .file(directory.file("view.sqlite"))
        for topic in TopicCatalogue.all { try cluster.createTopic(topic.name, partitions: topic.partitions) }
        var configuration = GatewayConfiguration(
            kafka: KafkaConfiguration(brokers: [cluster.bootstrap]), edges: Self.edges,
            view: self.location)
        configuration.http.port = 0
        // Tests name many hosts.
        configuration.hosts = [HostPattern("*")].compactMap(\.self)
        configure(&configuration)
        role = GatewayRole(configuration, backlogGuard: backlogGuard, metrics: metrics, log: .silent)
        thread = RoleThread(role, name: "gateway")
        if makesView { try catchUp() }
        try thread.startRole()
        guard waitsForReady else {
            try eventually("the gateway listens") { role.port != nil }
            return
        }
        guard try thread.waitUntilReady() else {
            throw GatewayFixtureError(description: "the gateway was not ready")
        }
    }

    deinit { thread.end() }

    /// Drains the gateway and waits for its end.
    func drain() throws { try thread.drain(within: .seconds(60)) }

    /// The view as its projector sees it.
    func view() throws -> ViewWriter {
        let writer = try openWriter()
        var counts = [TopicName.progress: 12, TopicName.dead: 12, TopicName.control: 1]
        for topic in TopicName.invalidations { counts[topic] = 12 }
        _ = try writer.open(counts)
        return writer
    }

    /// A server may hear a moment later than we that the writer before is gone.
    private func openWriter() throws -> ViewWriter {
        var writer: ViewWriter?
        try eventually("no other writer is there") {
            do {
                writer = try ViewWriter(location)
            } catch StorageError.locked {
                writer = nil
            }
            return writer != nil
        }
        guard let writer else { throw GatewayFixtureError(description: "no writer") }
        return writer
    }

    /// Lets the view have all that was told and published until then.
    ///
    func catchUp(at time: Timestamp = .now()) throws {
        let writer = try view()
        var batch = ProjectionBatch()
        for partition in writer.nextOffsets.keys { batch.markCaughtUp(partition, at: time) }
        try writer.apply(batch)
    }

    /// Lets the view seem to have been up to date then for the last time.
    func rewind(to time: Timestamp) throws {
        let connection = try Connection(path: viewPath, access: .write)
        try connection.execute("UPDATE offsets SET caught_up_at = \(time.milliseconds)")
    }

    /// Folds the invalidation topics into the view, as a projector does.
    func foldPublications() throws {
        let writer = try view()
        var batch = ProjectionBatch()
        let decoder = RecordContentDecoder()
        var details = PublicationDetails()
        for topic in TopicName.invalidations {
            for (offset, record) in try records(of: topic).enumerated() {
                let headers = record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
                let invalidation = try record.value.withUnsafeBytes {
                    try decoder.decode($0, headers: headers, time: .now(), arrival: .now())
                }
                let partition = TopicPartition(topic, 0)
                let news = StatusRecord(
                    invalidation, publishedAt: .now(), idempotencyKey: KeyOnRecord(headers),
                    details: details.text(of: invalidation, headers, partition, offset: Int64(offset)))
                batch.add(news, from: partition, offset: Int64(offset))
            }
        }
        try writer.apply(batch)
    }

    /// Folds one snapshot into the view.
    func fold(_ progress: Invalidations.Progress) throws {
        let writer = try view()
        var batch = ProjectionBatch()
        let partition = TopicPartition(TopicName.progress, 0)
        batch.add(progress, from: partition, offset: writer.nextOffset(of: partition))
        try writer.apply(batch)
    }

    /// Folds one snapshot into the view.
    func fold(
        _ id: RequestID, namespace: String = "default", at: Timestamp = .now(),
        _ edges: [Invalidations.Progress.Edge]
    ) throws {
        try fold(
            Invalidations.Progress(
                id: id, namespace: Namespace(namespace)!, requestedAt: id.time ?? at, at: at, source: "worker-test",
                edges: edges))
    }

    /// Posts a request that is accepted.
    func publish(_ body: String = #"{"tags":["a"]}"#, headers: [String] = []) throws -> (RequestID, RawAnswer) {
        let answer = try RawHTTP.post(port, body, headers: headers)
        guard answer.status == 202, let id = answer.string("id").flatMap(RequestID.init) else {
            throw GatewayFixtureError(description: "not accepted: \(answer)")
        }
        return (id, answer)
    }
}

/// A gateway that is not as a test needs it.
struct GatewayFixtureError: Error, CustomStringConvertible {
    let description: String
}

/// Runs a blocking call beside the test.
final class Background<Result: Sendable>: Sendable {
    private let result = Mutex<Swift.Result<Result, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Result) throws {
        try NamedThread.startThread("test-call") { [self] in
            let outcome = Swift.Result { try body() }
            result.withLock { $0 = outcome }
            done.signal()
        }
    }

    var isDone: Bool { result.withLock { $0 != nil } }

    /// To be called once.
    func value() throws -> Result {
        done.wait()
        return try result.withLock { $0! }.get()
    }
}
