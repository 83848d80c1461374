internal import Basics
internal import Caches
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Storage
internal import Synchronization
internal import TopicCatalogue

/// One run of the follower over one membership in the group.
///
/// Any trouble with Kafka ends it; the next one goes on where the database says.
final class FollowerSession: RoleSession {
    private static let waitMax = Duration.milliseconds(200)

    let configuration: FollowerConfiguration
    let partitions: WritePartitions
    let writes: WriteLog
    let database: DatabaseThreads
    let answers: AnswerInbox
    let metrics: FollowerMetrics
    let log: Log
    let membership: GroupMembership
    let claims: PartitionClaims
    private let wake: WakePipe
    private let invalidated: InvalidatedWrites
    private let deadLetters: DeadLetterLog
    /// Flushes that the database has not answered.
    private var flushing = 0
    private var owned: Set<Int32> = []
    /// Claims in the log that made partitions be claimed once more: they are older than that.
    private var passedClaims: [Int32: Int64] = [:]

    init(
        _ configuration: FollowerConfiguration, partitions: WritePartitions, writes: WriteLog,
        database: DatabaseThreads, invalidated: InvalidatedWrites, wake: WakePipe, log: Log, metrics: FollowerMetrics
    ) throws {
        self.configuration = configuration
        self.partitions = partitions
        self.writes = writes
        self.database = database
        self.invalidated = invalidated
        self.wake = wake
        self.log = log
        self.metrics = metrics
        answers = AnswerInbox(wake)
        claims = PartitionClaims(database, answers, log, owner: configuration.address)
        deadLetters = try DeadLetterLog(configuration, wake: wake, log: log)
        membership = try GroupMembership(configuration, wake: wake, log: log)
    }

    /// - Parameter report: told after each turn why partitions are not followed; nil while all are.
    func run(until stop: StopSignal, report: (String?) -> Void) throws {
        while stop.phase == .running {
            let hasWork = try takeTurn()
            membership.check()
            report(claims.problem ?? membership.problem)
            if !hasWork { waitForWork() }
        }
        try finish(stop)
    }

    /// Flushes what waits, for a moment. What is left stands in the log.
    private func finish(_ stop: StopSignal) throws {
        let deadline = MonotonicTime.now() + configuration.drainMax
        for partition in owned { partitions.withOwned(partition) { $0.close() } }
        while hasUnfinished, MonotonicTime.now() < deadline, stop.phase < .stopping {
            if try !takeTurn() { waitForWork() }
        }
    }

    private var hasUnfinished: Bool {
        flushing > 0 || deadLetters.outstanding > 0
            || owned.contains { partition in partitions.withOwned(partition) { $0.isFlushing } ?? false }
    }

    /// Gives the partitions back.
    func close() {
        drop()
        membership.close()
    }

    private func waitForWork() {
        let now = CacheTime.now()
        var next = claims.nextDue(now)
        for partition in owned {
            next = min(next, partitions.withOwned(partition) { $0.nextUpdate } ?? .never)
        }
        wake.waitForWake(atMost: min(Self.waitMax, next.since(now)))
    }

    /// - Returns: whether there may be more to do at once.
    private func takeTurn() throws -> Bool {
        wake.drain()
        for event in try membership.takeEvents() {
            switch event {
            case .assigned(let numbers): try accept(numbers)
            case .revoked:
                drop()
                try membership.acceptRevocation()
            }
        }
        try takeAnswers()
        try deadLetters.takeDeliveries { origin, isStored in end(origin, isStored) }
        let now = CacheTime.now()
        claims.submitDue(now)
        partitions.flushFirst(invalidated, now)
        var hasWork = false
        for partition in owned.sorted() { hasWork = try follow(partition, now) || hasWork }
        return hasWork
    }

    // MARK: Partitions come and go

    private func accept(_ numbers: [Int32]) throws {
        drop()
        try membership.acceptAssignment()
        let known = numbers.filter { (0..<partitions.count).contains($0) }
        if known.count < numbers.count {
            log.error(
                "the writes topic has more partitions than at the start: restart the process",
                ["partitions": partitions.count])
        }
        for partition in known { _ = partitions.setSlot(partition, WritePartitions.Slot(isAssigned: true)) }
        claims.begin(known, at: .now())
    }

    private func drop() {
        claims.end()
        for partition in owned.sorted() { configuration.observer?.didChangeOwnership(of: partition, isOwned: false) }
        owned = []
        passedClaims = [:]
        for partition in 0..<partitions.count { setSlot(partition, WritePartitions.Slot()) }
    }

    private func setSlot(_ partition: Int32, _ slot: WritePartitions.Slot) {
        for (waiter, write) in partitions.setSlot(partition, slot) { waiter.completion(.success(write)) }
    }

    /// Tells earlier owners, by the log itself, that what they append from here on is not seen at once.
    private func mark(_ claim: ClaimedPartition) {
        let (answers, round) = (answers, claims.round)
        do throws(AppendError) {
            try writes.appendClaim(of: claim.lease.partition, epoch: claim.lease.epoch) {
                answers.add(.marked(round: round, claim, $0))
            }
        } catch {
            answers.add(.marked(round: round, claim, .failure(error)))
        }
    }

    /// What the database gave this process after it had lost the partitions may be another one's. The log tells the
    /// owner, which claims once more: until then its flushes fail, and others are sent here.
    private func giveUp(_ claimed: Result<[ClaimedPartition], StorageError>) {
        guard case .success(let claimed) = claimed else { return }
        for claim in claimed {
            let (partition, epoch) = (claim.lease.partition, claim.lease.epoch)
            log.info("a claim of the writes came too late", ["kafka.partition": partition])
            // Without the record the owner notices it when it flushes.
            try? writes.appendClaim(of: partition, epoch: epoch) { _ in }
        }
    }

    /// Begins to read partitions whose fence says what is flushed.
    ///
    /// - Parameter claimed: with the offset of each claim in the log: earlier owners answer no write behind that.
    private func open(_ claimed: [(claim: ClaimedPartition, offset: Int64)]) throws {
        let marks = try membership.watermarks(claimed.map(\.claim.lease.partition))
        for (claim, offset) in claimed {
            let lease = claim.lease
            guard let mark = marks[lease.partition] else { continue }
            let start = lease.flushed < .max ? max(0, lease.flushed + 1) : .max
            guard start <= mark.high else {
                log.error(
                    "the writes topic ends before what was flushed of it: its offsets count anew",
                    ["kafka.partition": lease.partition, "flushed": lease.flushed, "end": mark.high])
                claims.beginGeneration(lease)
                continue
            }
            // Without a position nobody knows whether they were flushed.
            if start < mark.low, lease.flushed >= 0 || !configuration.store.keepsPositionsInGroup {
                metrics.lost.increment(by: UInt64(clamping: mark.low - start))
                log.error(
                    "writes were removed from the log before they were flushed",
                    ["kafka.partition": lease.partition, "from": start, "to": mark.low])
            }
            // What was loaded while another process owned it is older than what is read now.
            configuration.observer?.didChangeOwnership(of: lease.partition, isOwned: false)
            let partition = OwnedPartition(
                lease, known: claim.known, from: max(start, mark.low), end: max(mark.high, offset &+ 1),
                passedClaims: passedClaims[lease.partition] ?? -1, settings: configuration.settings,
                book: partitions.book)
            setSlot(lease.partition, WritePartitions.Slot(isAssigned: true, owned: partition))
            owned.insert(lease.partition)
            savePosition(lease, start)
        }
        try followAll()
    }

    private func followAll() throws {
        var positions: [Int32: Int64] = [:]
        for partition in owned { positions[partition] = partitions.withOwned(partition) { $0.position } }
        try membership.follow(positions)
    }

    /// - Returns: whether it has read anything.
    private func follow(_ partition: Int32, _ now: CacheTime) throws -> Bool {
        var orders: [PartitionOrder] = []
        let state = partitions.withOwned(partition) { owned in
            owned.update(now, &orders)
            return (
                canRead: owned.canRead, lease: owned.lease, next: owned.next, coalesced: owned.takeCoalesced()
            )
        }
        guard let state else { return false }
        if state.coalesced > 0 { metrics.coalesced.increment(by: UInt64(state.coalesced)) }
        var hasRead = false
        if state.canRead {
            let (records, end) = try membership.read(partition, from: state.next)
            hasRead = end != nil
            partitions.withOwned(partition) { $0.read(records, end: end, now, &orders) }
        }
        carryOut(orders, state.lease)
        return hasRead
    }

    // MARK: Answers

    private func takeAnswers() throws {
        let now = CacheTime.now()
        var claimed: [(claim: ClaimedPartition, offset: Int64)] = []
        for answer in answers.takeAll() {
            switch answer {
            case .claimed(let round, let result):
                if round != claims.round { giveUp(result) }
                for claim in claims.finish(round, result, now) { mark(claim) }
            case .marked(let round, let claim, let result):
                guard round == claims.round else { continue }
                switch result {
                case .success(let position): claimed.append((claim, position.offset))
                case .failure(let error):
                    let partition = claim.lease.partition
                    log.warning(
                        "a claim is not in the log", ["kafka.partition": partition, "error": "\(error)"])
                    claims.add([partition], at: now + .seconds(1))
                }
            case .flushed(let lease, let batch, let answer, let time):
                flushing -= 1
                count(answer, batch, time)
                savePosition(lease, batch, answer)
                change(lease) { $0.endFlush(batch, answer, now, &$1) }
            case .version(let lease, let result): change(lease) { $0.endVersion(result, now, &$1) }
            }
        }
        if !claimed.isEmpty { try open(claimed) }
    }

    private func end(_ origin: DeadLetterLog.Origin, _ isStored: Bool) {
        if isStored { metrics.dead.increment() }
        let now = CacheTime.now()
        switch origin {
        case .write(let lease, let address, let version):
            change(lease) { $0.endDeadLetter(address, version, isStored, now, &$1) }
        case .raw(let lease): change(lease) { $0.endRawDeadLetter(isStored, now, &$1) }
        }
    }

    /// Answers for an epoch that is over mean nothing any more.
    private func change(_ lease: PartitionLease, _ body: (inout OwnedPartition, inout [PartitionOrder]) -> Void) {
        var orders: [PartitionOrder] = []
        partitions.withOwned(lease.partition, epoch: lease.epoch) { body(&$0, &orders) }
        carryOut(orders, lease)
    }

    private func count(_ answer: FlushAnswer, _ batch: WriteBatch, _ time: Duration) {
        switch answer {
        case .written:
            metrics.flushes[.written]?.increment()
            metrics.rows.increment(by: UInt64(batch.writes.count))
            metrics.flushTime.observe(time)
        case .answered(let results):
            let written = results.count { $0 == .written }
            metrics.flushes[written < batch.writes.count ? .refused : .written]?.increment()
            metrics.rows.increment(by: UInt64(written))
            metrics.flushTime.observe(time)
        case .fenced: metrics.flushes[.fenced]?.increment()
        case .away(let error, _):
            metrics.flushes[.unavailable]?.increment()
            log.warning("the database does not take a batch of writes", ["error": "\(error)"])
        case .failed(let error):
            metrics.flushes[FlushFailure(error) == .poison ? .refused : .unavailable]?.increment()
            log.warning("the database does not take a batch of writes", ["error": "\(error)"])
        }
    }

    /// Where the database keeps no positions the group does. Behind a refused row the next flush says it.
    private func savePosition(_ lease: PartitionLease, _ batch: WriteBatch, _ answer: FlushAnswer) {
        guard case .answered(let results) = answer, let through = batch.flushedThrough,
            results.count == batch.writes.count, results.allSatisfy({ $0 == .written })
        else { return }
        savePosition(lease, through.offset &+ 1)
    }

    private func savePosition(_ lease: PartitionLease, _ offset: Int64) {
        guard configuration.store.keepsPositionsInGroup,
            partitions.withOwned(lease.partition, epoch: lease.epoch, { _ in true }) ?? false
        else { return }
        membership.commit(
            lease.partition,
            GroupPosition(offset: offset, generation: lease.generation, owner: configuration.address))
    }

    // MARK: Orders

    private func carryOut(_ orders: [PartitionOrder], _ lease: PartitionLease) {
        for order in orders {
            switch order {
            case .flush(let batch, let known): flush(batch, known, lease)
            case .deadLetter(let write, let reason): sendDeadLetter(write, reason, lease)
            case .deadLetterRaw(let raw, let offset, let reason):
                log.error(
                    "a record of the writes topic is no write",
                    ["kafka.partition": lease.partition, "offset": offset, "error": reason])
                let dead = DeadWrite(
                    origin(lease), offset: offset, key: raw.key, value: raw.value, headers: raw.headers,
                    class: .undecodable, reason: reason, now: .now())
                if !deadLetters.send(dead, .raw(lease)) { end(.raw(lease), false) }
            case .findVersion(let address): findVersion(address, lease)
            case .forget(let address):
                guard let namespace = partitions.book.namespace(of: address) else { continue }
                configuration.observer?.mustForget(namespace: namespace, key: address.key)
            case .applied(let write):
                guard let namespace = partitions.book.namespace(of: write.address) else { continue }
                configuration.observer?.didApply(write, namespace: namespace)
            case .complete(let waiter, let write): waiter.completion(.success(write))
            case .restored:
                log.info("a partition of the writes is owned", ["kafka.partition": lease.partition])
                configuration.observer?.didChangeOwnership(of: lease.partition, isOwned: true)
            case .fenced: takeBack(lease)
            case .halted(let reason):
                log.error(
                    "the database refuses most rows: nothing more goes to the dead topic, and all writes wait",
                    ["kafka.partition": lease.partition, "error": reason])
            case .resumed: log.info("the database takes writes once more", ["kafka.partition": lease.partition])
            }
        }
    }

    /// Somebody else has claimed the partition. If the group still gives it to this process it is claimed once more.
    private func takeBack(_ lease: PartitionLease) {
        log.warning("somebody else has claimed a partition of the writes", ["kafka.partition": lease.partition])
        owned.remove(lease.partition)
        if let offset = partitions.withOwned(lease.partition, { $0.fencedAt }) ?? nil {
            passedClaims[lease.partition] = offset
        }
        configuration.observer?.didChangeOwnership(of: lease.partition, isOwned: false)
        setSlot(lease.partition, WritePartitions.Slot(isAssigned: true))
        claims.add([lease.partition], at: CacheTime.now() + .milliseconds(500))
    }

    private func flush(_ batch: WriteBatch, _ known: KnownWrites.Change, _ lease: PartitionLease) {
        flushing += 1
        let rows = batch.writes.compactMap { write in
            partitions.book.namespace(of: write.address).map { FlushRow(namespace: $0.name, write: write) }
        }
        let answers = answers
        let begin = MonotonicTime.now()
        database.submit { connection in
            let answer: FlushAnswer
            switch connection {
            case .success(let connection):
                answer = connection.flush(rows, known, lease, flushedThrough: batch.flushedThrough)
            case .failure(let error): answer = .failed(error)
            }
            answers.add(.flushed(lease, batch, answer, MonotonicTime.now() - begin))
        }
    }

    private func findVersion(_ address: CacheAddress, _ lease: PartitionLease) {
        let namespace = partitions.book.namespace(of: address)?.name ?? ""
        let answers = answers
        database.submit { connection in
            let result = Result { () throws(StorageError) in
                try connection.get().version(namespace: namespace, key: address.key.bytes)
            }
            answers.add(.version(lease, result))
        }
    }

    private func sendDeadLetter(_ write: PendingWrite, _ reason: String, _ lease: PartitionLease) {
        let origin = DeadLetterLog.Origin.write(lease, write.address, write.version)
        guard let namespace = partitions.book.namespace(of: write.address), let details = write.details,
            let record = try? WriteRecord(
                namespace: namespace, key: write.address.key, change: write.change, details: details)
        else {
            log.error("a write cannot be told to the dead topic", ["kafka.partition": lease.partition])
            return
        }
        log.error(
            "the database refuses a write, which goes to the dead topic",
            ["kafka.partition": lease.partition, "offset": write.version.offset, "error": reason])
        let dead = DeadWrite(
            self.origin(lease), offset: write.version.offset, key: record.recordKey, value: record.recordValue,
            headers: record.headers, class: .refused, reason: reason, now: .now())
        if !deadLetters.send(dead, origin) { end(origin, false) }
    }

    private func origin(_ lease: PartitionLease) -> TopicPartition {
        TopicPartition(TopicName.cacheWrites, lease.partition)
    }
}

extension CacheTime {
    /// Of the clock that never jumps.
    static func now() -> CacheTime { CacheTime(nanoseconds: MonotonicTime.now().nanoseconds) }
}
