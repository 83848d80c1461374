internal import Basics
public import Invalidations

/// Writes of a partition that came with an Idempotency-Key: a repetition counts no more.
///
/// All who read the log keep the same: the newest ones, whose repetitions are known for a day by the times in the
/// records.
public struct KnownWrites: Sendable {
    public struct Entry: Hashable, Sendable {
        public let fingerprint: WriteFingerprint
        public let version: LogVersion
        public let writtenAt: Timestamp

        public init(_ fingerprint: WriteFingerprint, _ version: LogVersion, writtenAt: Timestamp) {
            (self.fingerprint, self.version, self.writtenAt) = (fingerprint, version, writtenAt)
        }
    }

    public enum Finding: Hashable, Sendable {
        case new
        /// It counted, and is read once more.
        case itself
        /// The same write was done before.
        case repeated
        /// Another write came under its key.
        case other
    }

    /// What the database has to keep, with the flush that is under way.
    public struct Change: Hashable, Sendable {
        public var added: [Entry] = []
        /// Older ones are forgotten; nil where none is.
        public var oldest: LogVersion?

        public init() {}
    }

    private static let lifetimeMilliseconds: Int64 = 86_400_000

    private let countMax: Int
    /// In the order of the log.
    private var entries = RingBuffer<Entry>()
    private var forgotten = 0
    /// By name, how many entries were there before it.
    private var numbers: [UInt128: Int] = [:]
    private var saved: LogVersion?

    /// - Parameters:
    ///   - known: what the database has, in the order of the log.
    ///   - countMax: bounds the memory: an entry has about 150 bytes.
    public init(_ known: [Entry] = [], countMax: Int) {
        self.countMax = max(1, countMax)
        for entry in known { add(entry) }
        saved = entries.last?.version
    }

    public var count: Int { entries.count }

    /// - Parameter version: of the record that is looked at; nil for a write that is not in the log yet.
    public func find(_ fingerprint: WriteFingerprint, at time: Timestamp, version: LogVersion? = nil) -> Finding {
        guard let number = numbers[fingerprint.name] else { return .new }
        let entry = entries[number - forgotten]
        if let version, entry.version >= version { return entry.version == version ? .itself : .new }
        let (age, overflow) = time.milliseconds.subtractingReportingOverflow(entry.writtenAt.milliseconds)
        guard !overflow, age < Self.lifetimeMilliseconds else { return .new }
        return entry.fingerprint.content == fingerprint.content ? .repeated : .other
    }

    /// The write counts. What the log said before is not added once more.
    public mutating func add(_ entry: Entry) {
        if let last = entries.last, entry.version <= last.version { return }
        numbers[entry.fingerprint.name] = forgotten + entries.count
        entries.append(entry)
        guard entries.count > countMax, let first = entries.popFirst() else { return }
        if numbers[first.fingerprint.name] == forgotten { numbers[first.fingerprint.name] = nil }
        forgotten += 1
    }

    /// What the database does not have yet: all of it goes along with the next rows, so that a write is known wherever
    /// a later one of its key is.
    public var change: Change {
        var change = Change()
        var index = entries.count
        while index > 0, saved.map({ entries[index - 1].version > $0 }) ?? true { index -= 1 }
        guard index < entries.count else { return change }
        change.added = (index..<entries.count).map { entries[$0] }
        if entries.count == countMax { change.oldest = entries.first?.version }
        return change
    }

    /// The database has them.
    public mutating func save(_ change: Change) {
        if let last = change.added.last { saved = last.version }
    }
}
