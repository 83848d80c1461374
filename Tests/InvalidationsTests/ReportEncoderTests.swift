import Invalidations
import JSON
import TestSupport
import Testing

/// Report encoder, against the plain encoding.
struct ReportEncoderTests {
    private static let topics = ["cachesync.invalidations.high", "cachesync.invalidations.low", "cachesync.retry.10s"]

    /// The long way: through the value that views read.
    private static func progress(_ report: RequestReport) -> Progress {
        Progress(
            id: report.id, namespace: report.namespace, requestedAt: report.requestedAt, at: report.at,
            source: "worker \"1\"",
            origin: Progress.Origin(
                topic: topics[report.origin.source.topic], partition: report.origin.source.partition,
                offset: report.origin.offset),
            edges: report.edges.map { edge in
                Progress.Edge(
                    edge.name, edge.state,
                    failure: failure(of: edge), objects: edge.objects.map { UInt32(clamping: $0) })
            }, failure: report.failure)
    }

    private static func failure(of edge: RequestReport.Edge) -> EdgeFailure? {
        guard let message = edge.failure?.message ?? edge.wait else { return nil }
        return EdgeFailure(
            failureClass: edge.failure?.failureClass.rawValue ?? "waiting", message: message,
            attempts: UInt32(edge.attempts))
    }

    @Test func reportsAreWrittenAsProgressIs() {
        var random = SeededGenerator.printed("reports")
        var encoder = ReportEncoder(source: "worker \"1\"", topics: Self.topics)
        for _ in 0..<2_000 {
            let report = Self.report(using: &random)
            encoder.encode(report)
            var writer = JSONWriter()
            ProgressEncoder.encode(Self.progress(report), into: &writer)
            #expect(encoder.value == writer.bytes, "\(String(decoding: encoder.value, as: UTF8.self))")
            #expect(String(decoding: encoder.key, as: UTF8.self) == report.id.text)
        }
    }

    private static func report(using random: inout SeededGenerator) -> RequestReport {
        // Often the same, often of the same day, now and then far away.
        let steps: [Int64] = [0, 1, 86_399_999, 86_400_000, Int64.random(in: 0...86_400_000_000, using: &random)]
        let time = Timestamp(milliseconds: 1_764_000_000_000 + steps.randomElement(using: &random)!)
        let ages: [Int64] = [
            0, 1, 9_999, 86_400_000, 1_764_000_000_000, 99_999_999_999_999, .max,
        ]
        let edges = (0..<Int.random(in: 0...6, using: &random)).map { edge($0, using: &random) }
        let source = SourcePartition(
            topic: topics.indices.randomElement(using: &random)!, partition: Int32.random(in: 0..<12, using: &random))
        return RequestReport(
            of: RequestID(at: time, using: &random),
            in: Namespace("shop-\(Int.random(in: 0...99, using: &random))")!,
            requestedAt: time + (Bool.random(using: &random) ? 1 : -1) * ages.randomElement(using: &random)!, at: time,
            origin: RecordPosition(source: source, offset: Int64.random(in: 0...Int64.max, using: &random)),
            edges: edges,
            failure: Int.random(in: 0..<5, using: &random) == 0
                ? RequestFailure(failureClass: "unroutable", message: "no \"edge\"") : nil)
    }

    private static func edge(_ number: Int, using random: inout SeededGenerator) -> RequestReport.Edge {
        let names = ["nginx-\(number)", "varnish-\(number)+again", "with \"quotes\""]
        return RequestReport.Edge(
            name: names.randomElement(using: &random)!, state: EdgeState.allCases.randomElement(using: &random)!,
            attempts: Int.random(in: 0...9, using: &random), failure: failure(using: &random),
            wait: [nil, "waits for \"inner\""].randomElement(using: &random)!,
            objects: [nil, nil, 0, 7, -1, Int.max].randomElement(using: &random)!)
    }

    private static func failure(using random: inout SeededGenerator) -> PurgeFailure? {
        guard Bool.random(using: &random) else { return nil }
        let messages = ["503 Unavailable", "odd\u{0}\n\"bytes\"", "ü\u{1F600}", String(repeating: "é", count: 400)]
        return PurgeFailure(
            PurgeFailure.Class.allCases.randomElement(using: &random)!, messages.randomElement(using: &random)!)
    }
}
