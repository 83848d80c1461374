internal import Basics
public import Invalidations
internal import JSON
public import Kafka

/// Writes down what a request's record says, for people: in few bytes, as JSON.
///
/// - `origin`: where the record stands, as TOPIC/PARTITION/OFFSET.
/// - `mode`, `selectors` and `selectorCounts`: what went stale. Of many selectors the first are named, and all counted.
/// - `principal` and `traceparent`: what the record's headers say. Who writes to Kafka itself may write any name.
public struct PublicationDetails {
    /// How many bytes all named selectors have at most. None is cut: one that does not fit is left out.
    static let selectorBytesMax = 1_000
    static let principalLengthMax = 200
    /// Of the gateway's header that names a principal.
    public static let principalHeader = "cs-principal"

    private var writer = JSONWriter(capacity: 2_048)

    public init() {}

    /// - Returns: a JSON object.
    public mutating func text(
        of invalidation: Invalidation, _ headers: [RecordHeader], _ partition: TopicPartition, offset: Int64
    ) -> String {
        writer.reset()
        writer.beginObject()
        writer.member("origin", "\(partition.topic)/\(partition.partition)/\(offset)")
        if invalidation.cancels == nil {
            writer.member("mode", invalidation.mode.rawValue)
            write(invalidation.selectors)
        }
        if let principal = Self.text(headers, Self.principalHeader), !principal.isEmpty {
            writer.member("principal", String(principal.prefix(Self.principalLengthMax)))
        }
        if let trace = Self.text(headers, TraceParent.name), TraceParent.isValid(trace) {
            writer.member("traceparent", trace)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private mutating func write(_ selectors: Selectors) {
        writer.key("selectors")
        writer.beginObject()
        if selectors.everything { writer.member("everything", true) }
        let kinds: [(name: StaticString, values: [String])] = [
            ("tags", selectors.tags), ("urls", selectors.urls), ("prefixes", selectors.prefixes),
        ].filter { !$0.1.isEmpty }
        // Many of one kind leave the others their share; what a kind does not need goes to the next.
        var left = Self.selectorBytesMax
        for (index, kind) in kinds.enumerated() {
            left -= write(kind.name, kind.values, bytesMax: left / (kinds.count - index))
        }
        writer.endObject()
        writer.key("selectorCounts")
        writer.beginObject()
        writer.member("tags", Int64(selectors.tags.count))
        writer.member("urls", Int64(selectors.urls.count))
        writer.member("prefixes", Int64(selectors.prefixes.count))
        writer.endObject()
    }

    /// - Returns: how many bytes the named ones have.
    private mutating func write(_ name: StaticString, _ values: [String], bytesMax: Int) -> Int {
        var bytes = 0
        writer.key(name)
        writer.beginArray()
        for value in values where bytes + value.utf8.count <= bytesMax {
            bytes += value.utf8.count
            writer.string(value)
        }
        writer.endArray()
        return bytes
    }

    private static func text(_ headers: [RecordHeader], _ name: String) -> String? {
        headers.first { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
}

/// Reads single members of what `PublicationDetails` has written.
public struct PublicationDetailsReader {
    private let parser = JSONParser(bytesMax: 1 << 16)

    public init() {}

    /// Who has published it, where a gateway asked for that.
    public func principal(in text: String) -> String? {
        try? parser.parse(Array(text.utf8)) { $0["principal"]?.string }
    }
}
