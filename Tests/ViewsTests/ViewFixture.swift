import Invalidations
import Storage
import TestSupport
import Testing
import Views

/// A place for a view's file, and what tests do with it.
struct ViewFixture {
    static let topic = "progress"
    static let epoch = Timestamp(milliseconds: 1_795_000_000_000)

    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory("view")
        path = directory.file("view.sqlite")
    }

    func writer(
        partitions: Int = 1, path: String? = nil, options: Connection.Options = Connection.Options()
    ) throws -> ViewWriter {
        let writer = try ViewWriter(path: path ?? self.path, topic: Self.topic, options: options)
        _ = try writer.open(partitions: partitions)
        return writer
    }

    var reader: ViewReader { ViewReader(path: path) }

    /// Every table as text, with the names of edges in place of the ids of their lists.
    func dump(_ path: String? = nil) throws -> [String] {
        let connection = try Connection(path: path ?? self.path, access: .read)
        var lines: [String] = []
        let queries = [
            """
            SELECT hex(requests.id) || ' ' || namespace || ' ' || status || ' ' || requested_at || ' '
                || listed_at || ' ' || first_seen_at || ' ' || updated_at || ' ' || names || ' ' || hex(cells)
                || ' ' || failures
            FROM requests JOIN edge_lists ON edge_lists.id = edge_list ORDER BY requests.id, namespace
            """,
            """
            SELECT hex(request) || namespace || edge || class || message || attempts FROM failures
            ORDER BY request, namespace, edge
            """,
            "SELECT status || ' ' || requests FROM counts ORDER BY status",
            "SELECT topic || partition || ' ' || next_offset FROM offsets ORDER BY topic, partition",
        ]
        for query in queries {
            try connection.prepare(query).forEachRow { lines.append($0.text(0)) }
        }
        return lines
    }

    static func progress(
        _ id: RequestID, _ edges: [Progress.Edge], namespace: String = "shop", requestedAt: Timestamp = epoch,
        at: Timestamp = epoch
    ) -> Progress {
        Progress(
            id: id, namespace: Namespace(namespace) ?? .default, requestedAt: requestedAt, at: at, source: "test",
            edges: edges)
    }

    static func batch(_ progress: [Progress], partition: Int32 = 0, from offset: Int64 = 0) -> ProjectionBatch {
        var batch = ProjectionBatch()
        for (index, progress) in progress.enumerated() {
            batch.add(progress, partition: partition, offset: offset + Int64(index))
        }
        return batch
    }

    /// Requests of a few edges, each heard of one to three times, in no order.
    static func history(requests: Int, using random: inout some RandomNumberGenerator) -> [Progress] {
        var history: [Progress] = []
        for index in 0..<requests {
            let requestedAt = epoch + Int64(index)
            let id = RequestID(at: requestedAt, using: &random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let edges = (0..<Int.random(in: 0...3, using: &random)).map { index in
                    Progress.Edge(
                        "edge-\(index)", EdgeState.allCases.randomElement(using: &random) ?? .queued,
                        failure: Int.random(in: 0..<4, using: &random) == 0
                            ? EdgeFailure(failureClass: "transient", message: "503", attempts: 1) : nil,
                        objects: [nil, 0, 5].randomElement(using: &random) ?? nil)
                }
                var news = progress(
                    id, edges, namespace: "ns-\(index % 7)", requestedAt: requestedAt,
                    at: requestedAt + Int64.random(in: 0...1_000, using: &random))
                if Int.random(in: 0..<9, using: &random) == 0 {
                    news.failure = RequestFailure(failureClass: "unroutable", message: "no edge")
                }
                history.append(news)
            }
        }
        return history.shuffled(using: &random)
    }
}

/// What the fold alone, without a view, makes of the progress.
func folded(_ history: [Progress]) -> [RequestID: StatusRecord] {
    var records: [RequestID: StatusRecord] = [:]
    for progress in history { records[progress.id] = StatusFold.apply(progress, to: records[progress.id]) }
    return records
}
