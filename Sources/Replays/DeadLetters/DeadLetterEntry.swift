public import Invalidations
public import Kafka

/// Dead letter as its headers tell of it.
public struct DeadLetterEntry: Hashable, Sendable {
    /// Redriven so often without success, a dead letter is left alone unless somebody releases it.
    public static let redrivesMax = 3

    public let partition: Int32
    public let offset: Int64
    /// When it was written, in milliseconds since 1970; nil where the topic does not say.
    public let time: Int64?
    /// undecodable, unroutable, permanent, exhausted, or what another version writes.
    public let deadClass: String
    /// The last error with its edge.
    public let error: String
    /// Nil where the record could not be decoded.
    public let requestID: RequestID?
    public let namespace: Namespace?
    /// The record on an invalidation topic that it began with, as TOPIC/PARTITION/OFFSET.
    public let origin: String
    /// Names of edges, and of their second purges.
    public let edges: [String]
    public let attempts: Int
    /// Nil where it was never replayed.
    public let run: String?
    public let generation: UInt32
    public let redrives: Int
    public let statusID: RequestID?

    /// - Parameter headers: the record's own, where they were read already.
    public init?(_ record: borrowing KafkaRecord, _ headers: [KafkaHeader]? = nil) {
        self.init(
            headers ?? record.headers, partition: record.partition.partition, offset: record.offset,
            time: record.timestamp)
    }

    /// - Returns: nil for a record that no worker of ours has written.
    public init?(_ headers: [KafkaHeader], partition: Int32, offset: Int64, time: Int64?) {
        var texts: [String: String] = [:]
        for header in headers {
            guard let value = header.value, let text = String(validating: value, as: UTF8.self) else { continue }
            if texts[header.name] == nil { texts[header.name] = text }
        }
        guard let deadClass = texts["cs-dlq-class"], let origin = texts["cs-seq"] else { return nil }
        self.partition = partition
        self.offset = offset
        self.time = time
        self.deadClass = deadClass
        self.origin = origin
        error = texts["cs-last-error"] ?? ""
        requestID = texts["cs-request-id"].flatMap { RequestID($0) }
        namespace = texts["cs-namespace"].flatMap { Namespace($0) }
        let names = texts["cs-edges"]?.split(separator: ",").map(String.init) ?? []
        edges = Array(names.prefix(Limits.edges))
        attempts = Self.count(texts["cs-attempt"])
        run = texts["cs-run"].flatMap { Replay.isRun($0) ? $0 : nil }
        generation = UInt32(Self.count(texts["cs-generation"]))
        redrives = Self.count(texts["cs-redrive-count"])
        statusID = texts["cs-status-id"].flatMap { RequestID($0) }
    }

    /// A dead letter as a view has kept it.
    public init(
        partition: Int32, offset: Int64, time: Int64?, deadClass: String, error: String, requestID: RequestID?,
        namespace: Namespace?, origin: String, edges: [String], attempts: Int, run: String?, generation: UInt32,
        redrives: Int, statusID: RequestID?
    ) {
        self.partition = partition
        self.offset = offset
        self.time = time
        self.deadClass = deadClass
        self.error = error
        self.requestID = requestID
        self.namespace = namespace
        self.origin = origin
        self.edges = edges
        self.attempts = attempts
        self.run = run
        self.generation = generation
        self.redrives = redrives
        self.statusID = statusID
    }

    /// Higher numbers are nobody's of ours: a run reckons with them.
    private static let countMax = 999_999

    private static func count(_ text: String?) -> Int {
        min(max(0, text.flatMap { Int($0) } ?? 0), countMax)
    }

    public var name: String { "\(partition)/\(offset)" }
    public var isQuarantined: Bool { redrives >= Self.redrivesMax }

    /// Whose status tells of it; nil where nothing could be read.
    public var identity: RequestIdentity? {
        guard let id = statusID ?? requestID, let namespace else { return nil }
        return RequestIdentity(id: id, namespace: namespace)
    }
}
