public import Invalidations

/// How the events of one foreign topic become requests.
public struct Mapping: Sendable {
    /// What an event that cannot be mapped does to those behind it.
    public enum ErrorPolicy: String, CaseIterable, Sendable {
        /// It is counted, logged and left out.
        case skip
        /// Its partition is not read on.
        case stop
    }

    /// Where a topic is begun of which nothing was read yet.
    public enum Start: String, CaseIterable, Sendable {
        case latest
        case earliest
    }

    /// In logs, metrics and the `source` of requests.
    public var name: String
    /// As it is called on the cluster: it belongs to another system, so no prefix of ours is put before it.
    public var topic: String
    public var format: EventFormat
    /// The default namespace if not set.
    public var namespace: TextTemplate?
    public var tags: [TextTemplate] = []
    public var urls: [TextTemplate] = []
    public var prefixes: [TextTemplate] = []
    public var everything = false
    public var mode = PurgeMode.hard
    public var priority = Priority.normal
    /// All must hold, or the event is passed over.
    public var conditions: [FieldCondition] = []
    /// Where the event tells its time; nil where it tells none.
    public var time: FieldPath?
    public var onError = ErrorPolicy.skip
    public var start = Start.latest

    public init(name: String, topic: String, format: EventFormat) {
        self.name = name
        self.topic = topic
        self.format = format
        time = format.timePath
    }
}

/// Condition on a field: one of its values matches one of the patterns.
public struct FieldCondition: Sendable {
    let path: FieldPath
    let patterns: [Glob]

    func holds(for event: EventDocument) throws(MappingRefusal) -> Bool {
        try event.values(at: path).contains { value in
            guard case .text(let text) = value else { return false }
            return patterns.contains { $0.matches(text) }
        }
    }
}
