public import Invalidations

/// State of a run, as its runner stores it about once a second.
public struct RunState: Codable, Hashable, Sendable {
    public enum Phase: String, Codable, Hashable, Sendable, CaseIterable {
        /// Its ranges are read, and nothing is published.
        case planning
        case planned, running, paused
        /// All is published, and not all is worked off.
        case published
        case done
        /// Records were removed before they were read.
        case incomplete
        case cancelled, failed

        /// Nothing follows.
        public var isOver: Bool {
            switch self {
            case .done, .incomplete, .cancelled, .failed: true
            case .planning, .planned, .running, .paused, .published: false
            }
        }
    }

    public struct Position: Codable, Hashable, Sendable {
        /// The first offset that has not been read, at least.
        public var next: Int64
        /// The offset of the replay topic from which the run's last record is looked for.
        public var target: Int64?

        public init(next: Int64, target: Int64? = nil) {
            self.next = next
            self.target = target
        }
    }

    /// Records of the run so far.
    public struct Counts: Codable, Hashable, Sendable {
        public var read: Int64 = 0
        public var matched: Int64 = 0
        public var superseded: Int64 = 0
        public var expired: Int64 = 0
        public var done: Int64 = 0
        public var quarantined: Int64 = 0
        public var lost: Int64 = 0
        public var published: Int64 = 0

        public init() {}
    }

    /// Counts the runners that have had the run.
    public var epoch: UInt32
    /// The version of the order that is followed.
    public var order: UInt32?
    public var phase: Phase
    /// By TOPIC/PARTITION that is read.
    public var position: [String: Position]
    public var counts: Counts
    /// What the run would do, once it is planned.
    public var plan: PlanReport?
    /// Why the phase is what it is; at most 512 bytes.
    public var reason: String?
    public var at: TimeText

    public init(
        epoch: UInt32, phase: Phase, position: [String: Position], counts: Counts = Counts(), reason: String? = nil,
        at: Timestamp
    ) {
        self.epoch = epoch
        self.phase = phase
        self.position = position
        self.counts = counts
        self.reason = reason
        self.at = TimeText(at)
    }

    static let countMax: Int64 = 1 << 53

    /// Whether that is the later one of two states of a run.
    public func isLater(than other: RunState) -> Bool {
        (epoch, at.time.milliseconds) >= (other.epoch, other.at.time.milliseconds)
    }

    /// - Throws: `RunError.invalid`
    public func validate() throws(RunError) {
        let numbers = [
            counts.read, counts.matched, counts.superseded, counts.expired, counts.done, counts.quarantined,
            counts.lost, counts.published,
        ]
        guard numbers.allSatisfy((0...Self.countMax).contains), position.count <= RunSpec.partitionsMax,
            position.allSatisfy({ RunSpec.partition($0.key) != nil && $0.value.next >= 0 && $0.value.target ?? 0 >= 0 })
        else { throw .invalid("the state of the run names impossible offsets or counts") }
    }
}
