internal import Basics
package import Caches
package import Invalidations
internal import Kafka
package import Storage

/// Partition that this process flushes: its writes, and how far its log is read.
///
/// Records are applied in the order of the log. One that needs an answer first holds up those behind it.
package struct OwnedPartition: Sendable {
    /// Why the record at the front is not applied yet.
    private enum Hold: Sendable {
        case deadLetter(RawRecord, offset: Int64, reason: String)
        case version(PendingWrite)
    }

    package let lease: PartitionLease
    private let book: AddressBook
    private let bytesMax: Int
    private let pauseLongest: Duration
    private var core: WriteBehind
    /// Offset of the next record to read from Kafka.
    package private(set) var position: Int64
    /// Offset of the next record to apply. What this process appended is applied once Kafka has it, and is passed over
    /// when it is read.
    package private(set) var next: Int64
    /// Where the log ended when the partition was claimed.
    private let end: Int64
    private var backlog = RingBuffer<LogRecord>()
    private var hold: Hold?
    private var holdRetryAt: CacheTime?
    /// By offset.
    private var waiters: [Int64: AppendWaiter] = [:]
    /// By offset, of the last writes that do not count; their appenders may ask late. Nil where the next owner knows.
    private var rejected: [Int64: WriteVerdict?] = [:]
    private var rejectedOrder = RingBuffer<Int64>()
    private var known: KnownWrites
    private var saving = KnownWrites.Change()
    private var released: [Int] = []
    private var urgent: Set<CacheAddress> = []
    private var toldCoalesced = 0
    private(set) var wakeAt = CacheTime.never
    /// Why the database does not get what is due; nil while it does.
    private(set) var failure: String?
    private(set) var halt: String?
    private var isClosing = false
    /// Where the log says that another process has claimed the partition.
    package private(set) var fencedAt: Int64?
    /// Claims up to here are older than the lease, whatever their epochs say.
    private let passedClaims: Int64

    private static let rejectedMax = 10_000
    private static let retryPause = Duration.seconds(1)

    /// - Parameter passedClaims: offset of a claim that is known to be older than the lease; -1 for none.
    package init(
        _ lease: PartitionLease, known: [KnownWrites.Entry], from start: Int64, end: Int64,
        passedClaims: Int64 = -1, settings: WriteSettings, book: AddressBook
    ) {
        self.passedClaims = passedClaims
        self.known = KnownWrites(known, countMax: settings.repeatsMax)
        self.lease = lease
        self.end = end
        self.book = book
        (bytesMax, pauseLongest) = (settings.bytesMax, settings.pauseLongest)
        core = WriteBehind(settings, isRestoring: true)
        (position, next) = (start, start)
    }

    /// Whether the log may have newer writes than this process knows.
    package var isRestoring: Bool { core.isRestoring || fencedAt != nil }
    package var dirtyCount: Int { core.count }
    var dirtyBytes: Int { core.byteCount }
    func oldestAge(_ now: CacheTime) -> Duration { core.oldestAge(now) }
    package func pending(_ address: CacheAddress) -> PendingWrite? { core.pending(address) }

    /// Whether a write that is to be appended was done before.
    package func find(_ fingerprint: WriteFingerprint, at time: Timestamp) -> KnownWrites.Finding {
        known.find(fingerprint, at: time)
    }

    /// Whether more records may be read: those that are read are applied, and what waits is not far over its bound.
    package var canRead: Bool {
        backlog.isEmpty && hold == nil && fencedAt == nil && (isRestoring || core.byteCount < 2 * bytesMax)
    }

    // MARK: Appending, from any thread

    package mutating func admit(_ write: PendingWrite, _ now: CacheTime) -> Duration? {
        isClosing || fencedAt != nil ? Self.retryPause : core.admit(write, now)
    }

    package mutating func release(_ bytes: Int) { released.append(bytes) }

    package mutating func flushFirst(_ address: CacheAddress) {
        if core.pending(address) != nil { urgent.insert(address) }
    }

    package mutating func flushFirst(where isMeant: (PendingWrite) -> Bool) {
        urgent.formUnion(core.waiting(where: isMeant))
    }

    func dirtyCount(where isMeant: (CacheAddress) -> Bool) -> Int { core.count(where: isMeant) }

    /// Writes that newer ones have replaced, since the last call.
    mutating func takeCoalesced() -> Int {
        defer { toldCoalesced = core.coalescedCount }
        return core.coalescedCount - toldCoalesced
    }

    /// Accepts no more writes, and has all that waits flushed at once.
    mutating func close() {
        isClosing = true
        flushFirst { _ in true }
    }

    /// Whether time alone brings all that waits into the database.
    var isFlushing: Bool { dirtyCount > 0 && failure == nil && halt == nil && !isRestoring }

    /// The log has a write that was admitted here.
    ///
    /// - Returns: what came of it, if it was read already.
    package mutating func acknowledge(_ offset: Int64, _ waiter: AppendWaiter) -> AppendedWrite? {
        guard offset < next else {
            waiters[offset] = waiter
            return nil
        }
        release(waiter.bytes)
        return appended(offset, rejected[offset, default: .counts])
    }

    /// Those who wait, for an owner that is none any more. The log has their writes.
    package mutating func takeWaiters() -> [(AppendWaiter, AppendedWrite)] {
        defer { waiters = [:] }
        return waiters.sorted { $0.key < $1.key }.map { offset, waiter in
            (waiter, AppendedWrite(position: LogPosition(partition: lease.partition, offset: offset)))
        }
    }

    private func appended(_ offset: Int64, _ verdict: WriteVerdict?) -> AppendedWrite {
        AppendedWrite(
            position: LogPosition(partition: lease.partition, offset: offset), verdict: verdict,
            version: LogVersion(generation: lease.generation, offset: offset))
    }

    // MARK: Following, on the follower's thread

    /// Takes in what other threads left, and the time.
    package mutating func update(_ now: CacheTime, _ orders: inout [PartitionOrder]) {
        for bytes in released { apply(core.handle(.abandoned(bytes: bytes), now), &orders) }
        released = []
        for address in urgent { apply(core.handle(.invalidated(address), now), &orders) }
        urgent = []
        if let due = holdRetryAt, due <= now {
            holdRetryAt = nil
            ask(&orders)
        }
        if wakeAt <= now {
            wakeAt = .never
            apply(core.handle(.timer, now), &orders)
        }
        applyAcknowledged(now, &orders)
    }

    /// What stands next in the log, as far as this process has appended it: nobody waits until it is read back.
    private mutating func applyAcknowledged(_ now: CacheTime, _ orders: inout [PartitionOrder]) {
        while !isRestoring, hold == nil, backlog.isEmpty, let waiter = waiters[next] {
            apply(LogRecord(offset: next, content: .write(waiter.record)), now, &orders)
        }
    }

    /// - Parameter end: the offset behind the last record, if the log has been read up to there.
    package mutating func read(_ records: [LogRecord], end: Int64?, _ now: CacheTime, _ orders: inout [PartitionOrder])
    {
        for record in records {
            if record.offset >= next { backlog.append(record) }
            position = max(position, record.offset &+ 1)
        }
        if let end { position = max(position, end) }
        applyBacklog(now, &orders)
    }

    private mutating func applyBacklog(_ now: CacheTime, _ orders: inout [PartitionOrder]) {
        while hold == nil, fencedAt == nil, let record = backlog.popFirst() { apply(record, now, &orders) }
        guard hold == nil, fencedAt == nil else { return }
        next = max(next, position)
        guard isRestoring, position >= end else { return }
        apply(core.handle(.restored, now), &orders)
        orders.append(.restored)
    }

    private mutating func apply(_ record: LogRecord, _ now: CacheTime, _ orders: inout [PartitionOrder]) {
        next = record.offset
        switch record.content {
        case .claim(let epoch):
            next = record.offset &+ 1
            guard epoch > lease.epoch, record.offset > passedClaims else { return }
            fencedAt = record.offset
            orders.append(.fenced)
        case .undecodable(let raw, let reason):
            hold = .deadLetter(raw, offset: record.offset, reason: reason)
            ask(&orders)
        case .write(let write):
            guard let address = book.address(write.namespace, write.key) else {
                hold = .deadLetter(
                    RawRecord(write), offset: record.offset, reason: "\(WriteRecordError.tooManyNamespaces)")
                return ask(&orders)
            }
            let pending = PendingWrite(
                address: address, version: LogVersion(generation: lease.generation, offset: record.offset),
                change: write.change, details: write.details)
            switch finding(pending) {
            case .new: break
            case .itself: return decide(pending, .counts, now, &orders)
            case .repeated: return decide(pending, .repeated, now, &orders)
            case .other: return decide(pending, .keyIsUsed, now, &orders)
            }
            guard let condition = write.details.condition else { return decide(pending, .counts, now, &orders) }
            if let newest = core.pending(address) {
                return decide(pending, WriteVerdict(condition.holds(newest: newest)), now, &orders)
            }
            hold = .version(pending)
            ask(&orders)
        }
    }

    private func finding(_ write: PendingWrite) -> KnownWrites.Finding {
        guard let details = write.details, let fingerprint = details.fingerprint else { return .new }
        return known.find(fingerprint, at: details.writtenAt, version: write.version)
    }

    /// - Parameter verdict: nil where another owner has written a later one of the key, so has decided.
    private mutating func decide(
        _ write: PendingWrite, _ verdict: WriteVerdict?, _ now: CacheTime, _ orders: inout [PartitionOrder]
    ) {
        let offset = write.version.offset
        next = offset &+ 1
        let waiter = waiters.removeValue(forKey: offset)
        if verdict == .counts {
            orders.append(.applied(write))
            // Before a flush may begin: what it writes is known along with it.
            if let details = write.details, let fingerprint = details.fingerprint {
                known.add(KnownWrites.Entry(fingerprint, write.version, writtenAt: details.writtenAt))
            }
            apply(core.handle(.written(write, isAdmitted: waiter != nil), now), &orders)
        } else {
            rejected.updateValue(verdict, forKey: offset)
            rejectedOrder.append(offset)
            if rejectedOrder.count > Self.rejectedMax, let first = rejectedOrder.popFirst() { rejected[first] = nil }
            if let waiter { apply(core.handle(.abandoned(bytes: waiter.bytes), now), &orders) }
        }
        if let waiter { orders.append(.complete(waiter, appended(offset, verdict))) }
    }

    private func ask(_ orders: inout [PartitionOrder]) {
        switch hold {
        case .deadLetter(let raw, let offset, let reason):
            orders.append(.deadLetterRaw(raw, offset: offset, reason: reason))
        case .version(let write): orders.append(.findVersion(write.address))
        case nil: break
        }
    }

    // MARK: Answers

    /// The dead-letter topic has the record at the front, or could not take it.
    mutating func endRawDeadLetter(_ isStored: Bool, _ now: CacheTime, _ orders: inout [PartitionOrder]) {
        guard case .deadLetter(_, let offset, _) = hold else { return }
        guard isStored else { return retryHold(now) }
        hold = nil
        next = offset &+ 1
        // A write of too many namespaces was appended by somebody all the same.
        if let waiter = waiters.removeValue(forKey: offset) {
            apply(core.handle(.abandoned(bytes: waiter.bytes), now), &orders)
            orders.append(.complete(waiter, appended(offset, .refused)))
        }
        applyBacklog(now, &orders)
    }

    /// The database has said which write its row of the key comes from, or nothing.
    package mutating func endVersion(
        _ found: Result<RowVersion?, StorageError>, _ now: CacheTime, _ orders: inout [PartitionOrder]
    ) {
        guard case .version(let write) = hold else { return }
        guard case .success(let row) = found else { return retryHold(now) }
        hold = nil
        let holds = write.details?.condition?.holds(row: row, for: write.version) ?? true
        let isLater = row.map { $0.version > write.version } ?? false
        decide(write, isLater ? nil : WriteVerdict(holds), now, &orders)
        applyBacklog(now, &orders)
    }

    private mutating func retryHold(_ now: CacheTime) { holdRetryAt = now + Self.retryPause }

    mutating func endDeadLetter(
        _ address: CacheAddress, _ version: LogVersion, _ isStored: Bool, _ now: CacheTime,
        _ orders: inout [PartitionOrder]
    ) {
        apply(core.handle(.deadLettered(address, version, isStored: isStored), now), &orders)
    }

    package mutating func endFlush(
        _ batch: WriteBatch, _ answer: FlushAnswer, _ now: CacheTime, _ orders: inout [PartitionOrder]
    ) {
        let result: FlushResult
        switch answer {
        case .written:
            failure = nil
            known.save(saving)
            result = .done(Array(repeating: .written, count: batch.writes.count))
        case .answered(let results):
            failure = nil
            known.save(saving)
            result = .done(results)
        case .fenced: result = .fenced
        case .away(let error, let retryAfter):
            failure = "\(error)"
            result = .unavailable(retryAfter: retryAfter)
        case .failed(let error):
            let `class` = FlushFailure(error)
            // A wrong row is no fault of the database.
            failure = `class` == .poison ? nil : "\(error)"
            switch `class` {
            case .waits: result = .unavailable(retryAfter: nil)
            case .poison: result = .refused(reason: "\(error)")
            case .stops: result = .unavailable(retryAfter: pauseLongest)
            }
        }
        apply(core.handle(.flushed(batch: batch.number, result), now), &orders)
        if core.isFenced { orders.append(.fenced) }
    }

    private mutating func apply(_ actions: [WriteAction], _ orders: inout [PartitionOrder]) {
        for action in actions {
            switch action {
            case .flush(let batch):
                saving = known.change
                orders.append(.flush(batch, saving))
            case .deadLetter(let write, let reason): orders.append(.deadLetter(write, reason: reason))
            case .forget(let address): orders.append(.forget(address))
            case .wake(let time): wakeAt = time
            case .halted(let reason):
                halt = reason
                orders.append(.halted(reason: reason))
            case .resumed:
                halt = nil
                orders.append(.resumed)
            }
        }
    }

    /// When `update` has something to do next.
    var nextUpdate: CacheTime { min(wakeAt, holdRetryAt ?? .never) }
}

extension WriteVerdict {
    fileprivate init(_ holds: Bool) { self = holds ? .counts : .conditionFailed }
}

extension VersionCondition {
    func holds(newest: PendingWrite) -> Bool {
        switch (self, newest.change) {
        case (.absent, .delete): true
        case (.absent, .set): false
        case (.version(let version), .set): version == newest.version
        case (.version, .delete): false
        }
    }

    /// - Parameter row: which write the database has of the key; nil for none.
    func holds(row: RowVersion?, for version: LogVersion) -> Bool {
        // An earlier owner has decided already: the row is this very write, or a later one.
        if let row, row.version >= version { return row.version == version }
        let value = row.flatMap { $0.isDeleted ? nil : $0.version }
        return switch self {
        case .absent: value == nil
        case .version(let wanted): value == wanted
        }
    }
}
