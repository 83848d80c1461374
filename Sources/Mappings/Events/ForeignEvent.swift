public import Invalidations

/// A record of a foreign topic. The bytes are valid during the call only.
public struct ForeignEvent {
    public struct Header: Sendable {
        public let name: String
        public let value: [UInt8]?

        public init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// Nil for a tombstone.
    public var value: UnsafeRawBufferPointer?
    public var headers: [Header]
    /// When the record was written, as far as it says.
    public var time: Timestamp?

    public init(value: UnsafeRawBufferPointer?, headers: [Header] = [], time: Timestamp? = nil) {
        self.value = value
        self.headers = headers
        self.time = time
    }

    /// The text of the first header of that name, in any case of its letters.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
}

/// What a mapping makes of an event.
public enum MappedEvent: Sendable {
    /// To be published.
    ///
    /// - value: the request as JSON, as it travels on an invalidation topic.
    case request(Invalidation, value: [UInt8])
    /// It is not meant: a condition does not hold, a tombstone, a test event.
    case passedOver
    case refused(String)
}
