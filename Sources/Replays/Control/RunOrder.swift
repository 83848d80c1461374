public import Invalidations

/// Order of a run: what somebody wants to be replayed, redriven or discarded, and why.
///
/// Orders are written by gateways and commands, and never by the runner. Each change is a record of its own with the
/// next version, so the log of orders is the audit.
public struct RunOrder: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
        /// Records of invalidation topics are published once more.
        case replay
        /// Dead letters are tried once more.
        case redrive
        /// Dead letters are closed without another try.
        case discard
    }

    public enum Wanted: String, Codable, Hashable, Sendable {
        case planned, running, paused, cancelled
    }

    /// 1 for the first order of a run.
    public var version: UInt32
    public var kind: Kind
    public var spec: RunSpec
    /// A user of the gateway, or user@host of a command; at most 256 bytes.
    public var who: String
    /// In the words of who ordered it; at most 512 bytes.
    public var reason: String
    public var wanted: Wanted
    /// How many records the caller has seen to match: if others do by now, nothing is done.
    public var expect: Int64?
    public var at: TimeText

    public init(
        version: UInt32 = 1, kind: Kind, spec: RunSpec, who: String, reason: String, wanted: Wanted, at: Timestamp
    ) {
        self.version = version
        self.kind = kind
        self.spec = spec
        self.who = who
        self.reason = reason
        self.wanted = wanted
        self.at = TimeText(at)
    }

    /// The next order of the same run.
    ///
    /// - Throws: `RunError.cannotChange` where the run cannot go there: a cancelled run stays cancelled.
    public func changed(
        to wanted: Wanted, rate: Double? = nil, expect: Int64? = nil, by who: String, reason: String, at time: Timestamp
    ) throws(RunError) -> RunOrder {
        guard self.wanted != .cancelled, wanted != .planned || self.wanted == .planned else {
            throw .cannotChange(from: self.wanted.rawValue, to: wanted.rawValue)
        }
        guard version < .max else { throw .cannotChange(from: "the last version", to: wanted.rawValue) }
        var next = self
        next.version += 1
        (next.wanted, next.who, next.reason, next.at) = (wanted, who, reason, TimeText(time))
        if let rate { next.spec.rate = rate }
        if let expect { next.expect = expect }
        try next.validate()
        return next
    }

    /// - Throws: `RunError.invalid` for what no command of ours writes.
    public func validate() throws(RunError) {
        guard version > 0 else { throw .invalid("version must be 1 or more") }
        guard (1...256).contains(who.utf8.count) else { throw .invalid("who must have 1 to 256 bytes") }
        guard expect.map({ (0...RunState.countMax).contains($0) }) ?? true else {
            throw .invalid("expect must be a number of records")
        }
        guard reason.utf8.count <= 512 else { throw .invalid("reason has at most 512 bytes") }
        guard kind == .replay || !(spec.coalesce ?? false) else {
            throw .invalid("dead letters are redriven and discarded one by one: leave out coalesce")
        }
        try spec.validate()
    }
}

/// Time in the form of RFC 3339, as the control topic has it.
public struct TimeText: Codable, Hashable, Sendable {
    public let time: Timestamp

    public init(_ time: Timestamp) {
        self.time = time
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Timestamp(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text.prefix(40)) is no time of RFC 3339"))
        }
        self.time = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(time.text)
    }
}
