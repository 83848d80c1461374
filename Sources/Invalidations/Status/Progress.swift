/// A snapshot of one request as one process knows it: the value of a record on the progress topic.
public struct Progress: Hashable, Sendable {
    public struct Edge: Hashable, Sendable {
        /// 1 to 128 printable ASCII characters.
        public var name: String
        public var state: EdgeState
        /// Why the last attempt failed, if it did.
        public var failure: EdgeFailure?
        /// Objects that the edge says it purged: 0 where it held none, nil where it does not say.
        public var objects: UInt32?

        public init(_ name: String, _ state: EdgeState, failure: EdgeFailure? = nil, objects: UInt32? = nil) {
            self.name = name
            self.state = state
            self.failure = failure
            self.objects = objects
        }
    }

    /// The record on an invalidation topic that the request was read from.
    public struct Origin: Hashable, Sendable {
        public var topic: String
        public var partition: Int32
        public var offset: Int64

        public init(topic: String, partition: Int32, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
        }
    }

    public var id: RequestID
    public var namespace: Namespace
    /// Which try of the whole request: a redrive starts the next one.
    public var generation: UInt32
    /// The run that replayed it; nil where nobody has.
    public var run: String?
    public var requestedAt: Timestamp
    /// When the snapshot was taken.
    public var at: Timestamp
    /// The process that took it.
    public var source: String
    public var origin: Origin?
    public var edges: [Edge]
    /// Why the request as a whole has failed, if it has: then no edge will get it in this generation.
    public var failure: RequestFailure?

    public init(
        id: RequestID, namespace: Namespace, generation: UInt32 = 0, run: String? = nil, requestedAt: Timestamp,
        at: Timestamp, source: String, origin: Origin? = nil, edges: [Edge], failure: RequestFailure? = nil
    ) {
        self.id = id
        self.namespace = namespace
        self.generation = generation
        self.run = run
        self.requestedAt = requestedAt
        self.at = at
        self.source = source
        self.origin = origin
        self.edges = edges
        self.failure = failure
    }
}

/// Why a request as a whole has failed, whatever its edges: in a form that is safe to show and bounded.
public struct RequestFailure: Hashable, Sendable {
    /// The kind of failure in one word, such as `unroutable`.
    public let failureClass: String
    /// For people.
    public let message: String

    /// Cuts texts to their limits and replaces control characters by spaces.
    public init(failureClass: String, message: String) {
        self.failureClass = failureClass.boundedLine(bytes: Limits.failureClassBytes)
        self.message = message.boundedLine(bytes: Limits.failureMessageBytes)
    }
}

extension RequestFailure: Comparable {
    /// An order of all failures, so that of two reports every reader keeps the same one.
    public static func < (a: RequestFailure, b: RequestFailure) -> Bool {
        precedes((a.failureClass, a.message), (b.failureClass, b.message))
    }
}

/// Why an attempt at an edge failed, or what the edge's part waits for, in a form that is safe to show and bounded.
public struct EdgeFailure: Hashable, Sendable {
    /// Of what has not failed. Older readers show it as one more kind of failure.
    public static let waitingClass = "waiting"

    /// The kind of failure in one word, such as `permanent`.
    public let failureClass: String
    /// For people.
    public let message: String
    /// How many attempts were made in all.
    public let attempts: UInt32

    /// Cuts texts to their limits and replaces control characters by spaces.
    public init(failureClass: String, message: String, attempts: UInt32) {
        self.failureClass = failureClass.boundedLine(bytes: Limits.failureClassBytes)
        self.message = message.boundedLine(bytes: Limits.failureMessageBytes)
        self.attempts = attempts
    }
}

extension EdgeFailure {
    /// Whether nothing has failed: the message says what the part waits for.
    public var isWaiting: Bool { failureClass == Self.waitingClass }

    /// Nil where there is nothing to say.
    init?(of edge: RequestReport.Edge) {
        guard let message = edge.failure?.message ?? edge.wait else { return nil }
        self.init(
            failureClass: edge.failure?.failureClass.rawValue ?? Self.waitingClass, message: message,
            attempts: UInt32(clamping: edge.attempts))
    }
}

extension EdgeFailure: Comparable {
    /// An order of all failures, so that of two reports every reader keeps the same one: that of more attempts, and of
    /// any failure rather than of what was waited for.
    public static func < (a: EdgeFailure, b: EdgeFailure) -> Bool {
        if a.isWaiting != b.isWaiting { return a.isWaiting }
        if a.attempts != b.attempts { return a.attempts < b.attempts }
        return precedes((a.failureClass, a.message), (b.failureClass, b.message))
    }
}

/// Compares bytes, not characters: texts that merely look alike must not tie.
private func precedes(_ a: (String, String), _ b: (String, String)) -> Bool {
    if !a.0.utf8.elementsEqual(b.0.utf8) { return a.0.utf8.lexicographicallyPrecedes(b.0.utf8) }
    return a.1.utf8.lexicographicallyPrecedes(b.1.utf8)
}

extension Limits {
    /// The edges of one request.
    public static let edges = 512
    public static let edgeNameBytes = 128
    public static let failureClassBytes = 64
    public static let failureMessageBytes = 512
    /// Kafka's own limit for a topic's name.
    public static let topicBytes = 249
}

extension String {
    /// At most that many bytes of UTF-8, without control characters.
    fileprivate func boundedLine(bytes: Int) -> String {
        guard utf8.count > bytes || utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return self }
        var line = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= bytes else { break }
            line.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return String(line)
    }
}
