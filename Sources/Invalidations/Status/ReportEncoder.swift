internal import JSON

/// Writes a worker's reports as progress, one after another, byte for byte as `ProgressEncoder` would.
///
/// A worker makes one for every record, so this takes the short way: what reports have in common is text from the
/// start, names are copied once, and nothing is made on the way.
public struct ReportEncoder {
    /// The request's id as the key of its record.
    public private(set) var key = [UInt8](repeating: 0, count: 36)
    /// The record's value.
    public private(set) var value: [UInt8] = []

    private let texts: ReportTexts
    private var requestedAt = TimeText()
    private var at = TimeText()

    /// - Parameters:
    ///   - source: the worker's name.
    ///   - topics: by their place in the positions of reports.
    public init(source: String, topics: [String]) {
        texts = ReportTexts(source: source, topics: topics)
        value.reserveCapacity(1_024)
    }

    /// - Precondition: no more than `Limits.edges` edges.
    public mutating func encode(_ report: RequestReport) {
        precondition(report.edges.count <= Limits.edges, "\(report.edges.count) edges in one report")
        key.withUnsafeMutableBufferPointer { report.id.write(to: $0) }
        requestedAt.set(report.requestedAt)
        at.set(report.at)
        value.removeAll(keepingCapacity: true)
        value += texts.beforeID
        value += key
        value += texts.beforeNamespace
        // Names of namespaces need no escapes.
        value += report.namespace.name.utf8
        value += texts.beforeGeneration
        value.append(digitsOf: Int64(report.generation))
        if let run = report.run {
            // Names of runs need no escapes.
            value += texts.beforeRun
            value += run.utf8
            value.append(UInt8(ascii: "\""))
        }
        value += texts.beforeRequestedAt
        value += requestedAt.bytes
        value += texts.beforeAt
        value += at.bytes
        value += texts.beforePartition[report.origin.source.topic]
        value.append(digitsOf: Int64(report.origin.source.partition))
        value += texts.beforeOffset
        value.append(digitsOf: report.origin.offset)
        value += texts.beforeEdges
        encode(report.edges)
        if let failure = report.failure { encode(failure) }
        value += texts.end
    }

    private mutating func encode(_ edges: [RequestReport.Edge]) {
        var present: UInt16 = 0
        var hasFailures = false
        var hasObjects = false
        for edge in edges {
            present |= 1 << edge.state.rank
            if edge.failure != nil || edge.wait != nil { hasFailures = true }
            if edge.objects != nil { hasObjects = true }
        }
        var isFirst = true
        for state in EdgeState.inOrder where present & 1 << state.rank != 0 {
            if !isFirst { value.append(UInt8(ascii: ",")) }
            isFirst = false
            value += texts.beforeNames[Int(state.rank)]
            encodeNames(edges, state)
            value.append(UInt8(ascii: "]"))
        }
        value.append(UInt8(ascii: "}"))
        if hasFailures { encodeFailures(edges) }
        if hasObjects { encodeObjects(edges) }
    }

    private mutating func encodeNames(_ edges: [RequestReport.Edge], _ state: EdgeState) {
        var isFirst = true
        for edge in edges where edge.state == state {
            if !isFirst { value.append(UInt8(ascii: ",")) }
            isFirst = false
            encodeName(edge.name)
        }
    }

    private mutating func encodeName(_ name: String) {
        if name.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            value += quoted(name)
        } else {
            value.append(UInt8(ascii: "\""))
            value += name.utf8
            value.append(UInt8(ascii: "\""))
        }
    }

    /// Caches that count objects do so in every answer, so this is as short as the names are.
    private mutating func encodeObjects(_ edges: [RequestReport.Edge]) {
        value += texts.beforeObjects
        var isFirst = true
        for edge in edges {
            guard let objects = edge.objects else { continue }
            if !isFirst { value.append(UInt8(ascii: ",")) }
            isFirst = false
            encodeName(edge.name)
            value.append(UInt8(ascii: ":"))
            value.append(digitsOf: Int64(UInt32(clamping: objects)))
        }
        value.append(UInt8(ascii: "}"))
    }

    private mutating func encode(_ failure: RequestFailure) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("class", failure.failureClass)
        writer.member("message", failure.message)
        writer.endObject()
        value += texts.beforeFailure
        value += writer.bytes
    }

    /// Few reports have any.
    private mutating func encodeFailures(_ edges: [RequestReport.Edge]) {
        var writer = JSONWriter()
        writer.beginArray()
        for edge in edges {
            // The bounds of what is shown are its business.
            guard let shown = EdgeFailure(of: edge) else { continue }
            writer.beginObject()
            writer.member("edge", edge.name)
            writer.member("class", shown.failureClass)
            writer.member("message", shown.message)
            writer.member("attempts", Int64(shown.attempts))
            writer.endObject()
        }
        writer.endArray()
        value += texts.beforeFailures
        value += writer.bytes
    }
}

/// What stands between the parts that differ.
private struct ReportTexts {
    let beforeID = Array(#"{"id":""#.utf8)
    let beforeNamespace = Array(#"","namespace":""#.utf8)
    let beforeGeneration = Array(#"","generation":"#.utf8)
    let beforeRun = Array(#","run":""#.utf8)
    let beforeRequestedAt = Array(#","requestedAt":""#.utf8)
    let beforeAt = Array(#"","at":""#.utf8)
    /// By topic.
    let beforePartition: [[UInt8]]
    let beforeOffset = Array(#","offset":"#.utf8)
    let beforeEdges = Array(#"},"edges":{"#.utf8)
    /// By the state's rank.
    let beforeNames = EdgeState.inOrder.map { Array(#""\#($0.rawValue)":["#.utf8) }
    let beforeFailures = Array(#","failures":"#.utf8)
    let beforeObjects = Array(#","objects":{"#.utf8)
    let beforeFailure = Array(#","failure":"#.utf8)
    let end = Array("}".utf8)

    init(source: String, topics: [String]) {
        beforePartition = topics.map { topic in
            Array(#"","source":"#.utf8) + quoted(source) + Array(#","origin":{"topic":"#.utf8) + quoted(topic)
                + Array(#","partition":"#.utf8)
        }
    }
}

/// A text in JSON, with its escapes.
private func quoted(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.string(text)
    return writer.bytes
}

/// The text of a time, of which most of it stays when the next one is of the same day.
private struct TimeText {
    private static let day: Int64 = 86_400_000
    /// From 1970 to 9999: no other time is written as it is.
    private static let plain: Range<Int64> = 0..<253_402_300_800_000

    private(set) var bytes = Timestamp(milliseconds: 0).utf8
    private var time = Timestamp(milliseconds: 0)
    /// Of the day that the text names.
    private var begin: Int64 = 0

    mutating func set(_ time: Timestamp) {
        guard time != self.time else { return }
        self.time = time
        guard Self.plain.contains(time.milliseconds), time.milliseconds >= begin,
            time.milliseconds - begin < Self.day
        else {
            bytes = time.utf8
            let isPlain = Self.plain.contains(time.milliseconds)
            begin = isPlain ? time.milliseconds - time.milliseconds % Self.day : Self.plain.upperBound
            return
        }
        let millisecond = time.milliseconds - begin
        let second = millisecond / 1_000
        write(second / 3_600, digits: 2, at: 11)
        write(second / 60 % 60, digits: 2, at: 14)
        write(second % 60, digits: 2, at: 17)
        write(millisecond % 1_000, digits: 3, at: 20)
    }

    private mutating func write(_ value: Int64, digits: Int, at index: Int) {
        var rest = value
        for offset in (0..<digits).reversed() {
            bytes[index + offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(digitsOf value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        let start = count
        var rest = value.magnitude
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}

extension RequestReport {
    package init(
        of id: RequestID, in namespace: Namespace, requestedAt: Timestamp, at: Timestamp, origin: RecordPosition,
        edges: [Edge], failure: RequestFailure? = nil, generation: UInt32 = 0, run: String? = nil
    ) {
        self.init(
            id: id, generation: generation, run: run, namespace: namespace, requestedAt: requestedAt, at: at,
            origin: origin, edges: edges,
            failure: failure)
    }
}
