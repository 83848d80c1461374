internal import JSON

/// Writes a worker's reports as progress, in the same words as `ProgressEncoder`, one after another: what reports
/// have in common is made into text once.
public struct ReportEncoder {
    /// The request's id as the key of its record.
    public private(set) var key: [UInt8] = []
    private var writer = JSONWriter(capacity: 1_024)
    private let source: String
    private let topics: [String]
    private var now = TimeText()

    /// - Parameters:
    ///   - source: the worker's name.
    ///   - topics: by their place in the positions of reports.
    public init(source: String, topics: [String]) {
        self.source = source
        self.topics = topics
    }

    /// The record's value.
    public var value: [UInt8] { writer.bytes }

    /// - Precondition: no more than `Limits.edges` edges.
    public mutating func encode(_ report: borrowing RequestReport) {
        precondition(report.edges.count <= Limits.edges, "\(report.edges.count) edges in one report")
        report.id.write(into: &key)
        writer.reset()
        writer.beginObject()
        writer.key("id")
        writer.plainString(key)
        // Names of namespaces need no escapes.
        writer.key("namespace")
        writer.plainString(report.namespace.name.utf8)
        writer.member("generation", 0)
        writer.key("requestedAt")
        writer.plainString(report.requestedAt.utf8)
        writer.key("at")
        writer.plainString(now.bytes(of: report.at))
        writer.member("source", source)
        encode(report.origin)
        encode(report.edges)
        writer.endObject()
    }

    private mutating func encode(_ origin: RecordPosition) {
        writer.key("origin")
        writer.beginObject()
        writer.member("topic", topics[origin.source.topic])
        writer.member("partition", Int64(origin.source.partition))
        writer.member("offset", origin.offset)
        writer.endObject()
    }

    private mutating func encode(_ edges: [RequestReport.Edge]) {
        var present: UInt16 = 0
        var hasFailures = false
        for edge in edges {
            present |= 1 << edge.state.rank
            if edge.failure != nil { hasFailures = true }
        }
        writer.key("edges")
        writer.beginObject()
        for state in EdgeState.inOrder where present & 1 << state.rank != 0 {
            writer.key(state.rawValue)
            writer.beginArray()
            for edge in edges where edge.state == state { writer.string(edge.name) }
            writer.endArray()
        }
        writer.endObject()
        if hasFailures { encodeFailures(edges) }
    }

    private mutating func encodeFailures(_ edges: [RequestReport.Edge]) {
        writer.key("failures")
        writer.beginArray()
        for edge in edges {
            guard let failure = edge.failure else { continue }
            // The bounds of what is shown are its business.
            let shown = EdgeFailure(
                failureClass: failure.failureClass.rawValue, message: failure.message,
                attempts: UInt32(clamping: edge.attempts))
            writer.beginObject()
            writer.member("edge", edge.name)
            writer.member("class", shown.failureClass)
            writer.member("message", shown.message)
            writer.member("attempts", Int64(shown.attempts))
            writer.endObject()
        }
        writer.endArray()
    }
}

/// The text of a time that is asked for many times in the same millisecond.
private struct TimeText {
    private var time = Timestamp(milliseconds: 0)
    private var text = Timestamp(milliseconds: 0).utf8

    mutating func bytes(of time: Timestamp) -> [UInt8] {
        if time != self.time {
            self.time = time
            text = time.utf8
        }
        return text
    }
}

extension RequestID {
    /// The 36 bytes of `text`.
    fileprivate func write(into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 { bytes.append(UInt8(ascii: "-")) }
            let half = digit < 16 ? high : low
            let nibble = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (digit & 15))) & 15
            bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
        }
    }
}

extension RequestReport {
    package init(
        of id: RequestID, in namespace: Namespace, requestedAt: Timestamp, at: Timestamp, origin: RecordPosition,
        edges: [Edge]
    ) {
        self.init(id: id, namespace: namespace, requestedAt: requestedAt, at: at, origin: origin, edges: edges)
    }
}
