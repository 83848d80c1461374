internal import Basics
public import Caches
public import Invalidations
internal import Kafka
public import Runtime
internal import Synchronization

/// Role that owns partitions of the writes: it follows the log, and flushes it to the main database.
///
/// Any thread appends and asks. A write that was acknowledged is in the log; whatever dies, the next owner of its
/// partition reads it there and flushes it, in the order of its key.
public final class WriteFollower: Role {
    public typealias AppendCompletion = @Sendable (Result<AppendedWrite, AppendError>) -> Void

    public let name = "cache-writes"
    private let configuration: FollowerConfiguration
    private let writes: WriteLog
    private let log: Log
    private let metrics: FollowerMetrics
    private let partitions: WritePartitions
    private let wake: WakePipe
    private let invalidated = InvalidatedWrites()
    private let trouble = Mutex<String?>("it has not begun")

    /// - Parameter writes: stays the caller's, who closes it after the role has ended.
    /// - Throws: when the system gives no pipe.
    public init(
        _ configuration: FollowerConfiguration, writes: WriteLog, metrics: MetricsRegistry, log: Log
    ) throws {
        self.configuration = configuration
        self.writes = writes
        self.log = log.with(["role": name])
        self.metrics = FollowerMetrics(metrics)
        partitions = WritePartitions(count: writes.partitionCount)
        wake = try WakePipe()
        FollowerMetrics.addGauges(metrics) { [partitions] in Self.state(of: partitions) }
    }

    /// How the writes stand. From any thread.
    public var state: WriteState {
        var state = Self.state(of: partitions)
        state.problem = trouble.withLock { $0 } ?? state.problem
        return state
    }

    /// Appends a write of a key that this process owns.
    ///
    /// - Parameter completion: called once the write has its turn in the log, on a thread that it must not hold up. Not
    ///   called where this throws.
    /// - Throws: if the write is not in the log and will not be.
    public func append(_ record: WriteRecord, completion: @escaping AppendCompletion) throws(AppendError) {
        guard let address = partitions.book.address(record.namespace, record.key) else {
            throw .refused("\(WriteRecordError.tooManyNamespaces)")
        }
        let partition = partitions.partition(ofKey: record.recordKey)
        let write = PendingWrite(
            address: address, version: LogVersion(generation: 0, offset: 0), change: record.change,
            details: record.details)
        let epoch = try admit(write, partition)
        let waiter = AppendWaiter(record: record, bytes: write.byteCount, completion: completion)
        do throws(AppendError) {
            try writes.append(record) { [self] result in end(result, waiter, partition, epoch) }
        } catch {
            release(waiter.bytes, partition, epoch)
            throw error
        }
    }

    /// The newest write of a key that the database does not have. Reads ask this first.
    public func pending(_ namespace: Namespace, _ key: CacheKey) -> PendingAnswer {
        let partition = partitions.partition(ofKey: WriteRecord.recordKey(namespace, key))
        let answer = partitions.withSlot(partition) { slot -> PendingAnswer in
            guard slot.isAssigned else { return .notOwned }
            guard slot.owned?.isRestoring == false else { return .restoring }
            guard let address = partitions.book.address(namespace, key) else { return .flushed }
            return slot.owned?.pending(address).map { .unflushed($0) } ?? .flushed
        }
        return answer ?? .notOwned
    }

    /// Whether a write that is to be appended was done before; new where this process does not own the key.
    public func find(_ fingerprint: WriteFingerprint, _ namespace: Namespace, _ key: CacheKey) -> KnownWrites.Finding {
        let partition = partitions.partition(ofKey: WriteRecord.recordKey(namespace, key))
        return partitions.withOwned(partition) { $0.find(fingerprint, at: .now()) } ?? .new
    }

    /// Has the key's write flushed soon, before others: somebody is to load the key from the database.
    public func flushFirst(_ namespace: Namespace, _ key: CacheKey) {
        guard let address = partitions.book.address(namespace, key) else { return }
        let partition = partitions.partition(ofKey: WriteRecord.recordKey(namespace, key))
        partitions.withOwned(partition) { $0.flushFirst(address) }
        wake.wake()
    }

    /// Has waiting writes flushed soon that an invalidation means: somebody is to load them from the database.
    ///
    /// It waits for nobody. Keys of other nodes are passed over.
    public func flushFirst(_ selectors: CacheSelectors, in namespace: Namespace) {
        if invalidated.add(selectors, in: namespace) { wake.wake() }
    }

    /// Has all waiting writes of a namespace flushed at once.
    public func flushAll(_ namespace: Namespace) {
        for partition in 0..<partitions.count {
            partitions.withOwned(partition) { [book = partitions.book] owned in
                owned.flushFirst { book.namespace(of: $0.address) == namespace }
            }
        }
        wake.wake()
    }

    /// Keys of a namespace that the database still needs.
    public func dirtyCount(_ namespace: Namespace) -> Int {
        (0..<partitions.count).reduce(0) { sum, partition in
            let count = partitions.withOwned(partition) { [book = partitions.book] owned in
                owned.dirtyCount { book.namespace(of: $0) == namespace }
            }
            return sum + (count ?? 0)
        }
    }

    /// Which partition a key belongs to.
    public func partition(of namespace: Namespace, _ key: CacheKey) -> Int32 {
        partitions.partition(ofKey: WriteRecord.recordKey(namespace, key))
    }

    private func admit(_ write: PendingWrite, _ partition: Int32) throws(AppendError) -> Int64 {
        let answer = partitions.withSlot(partition) { slot -> Result<Int64, AppendError> in
            guard slot.isAssigned else { return .failure(.notOwned) }
            let answer = slot.change { owned -> Result<Int64, AppendError> in
                if let pause = owned.admit(write, .now()) { return .failure(.overloaded(retryAfter: pause)) }
                return .success(owned.lease.epoch)
            }
            return answer ?? .failure(.overloaded(retryAfter: .seconds(1)))
        }
        return try (answer ?? .failure(.notOwned)).get()
    }

    private func release(_ bytes: Int, _ partition: Int32, _ epoch: Int64) {
        partitions.withOwned(partition, epoch: epoch) { $0.release(bytes) }
        wake.wake()
    }

    /// The log has answered. The write counts as done when it has its turn here, so that later reads see it.
    private func end(
        _ result: Result<LogPosition, AppendError>, _ waiter: AppendWaiter, _ partition: Int32, _ epoch: Int64
    ) {
        switch result {
        case .failure(let error):
            release(waiter.bytes, partition, epoch)
            waiter.completion(.failure(error))
        case .success(let position):
            switch partitions.withOwned(partition, epoch: epoch, { $0.acknowledge(position.offset, waiter) }) {
            case .some(let write?): waiter.completion(.success(write))
            // It has its turn in a moment.
            case .some(nil): wake.wake()
            case nil: waiter.completion(.success(AppendedWrite(position: position)))
            }
        }
    }

    // MARK: Role

    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        stop.onChange { [wake] _ in wake.wake() }
        // A partition has one claim, one batch and one question under way.
        let database = try DatabaseThreads(
            threads: max(1, configuration.databaseThreads), jobsMax: 8 * Int(partitions.count),
            open: configuration.storeOpener())
        defer { database.close() }
        let loop = SessionLoop("the follower of writes", failures: metrics.failures, log: log) { [self] problem in
            trouble.withLock { $0 = problem }
        }
        try loop.run(
            until: stop, ready: ready,
            isLasting: { if case KafkaError.invalidConfiguration = $0 { true } else { false } }
        ) {
            try FollowerSession(
                configuration, partitions: partitions, writes: writes, database: database, invalidated: invalidated,
                wake: wake, log: log, metrics: metrics)
        }
    }

    private static func state(of partitions: WritePartitions) -> WriteState {
        var state = WriteState()
        let now = CacheTime.now()
        for partition in 0..<partitions.count {
            _ = partitions.withSlot(partition) { slot in
                guard slot.isAssigned else { return }
                guard let owned = slot.owned else { return state.restoring.append(partition) }
                if owned.isRestoring { state.restoring.append(partition) } else { state.owned.append(partition) }
                state.dirty += owned.dirtyCount
                state.dirtyBytes += owned.dirtyBytes
                state.oldest = max(state.oldest, owned.oldestAge(now))
                if let problem = owned.halt ?? owned.failure {
                    state.problem = "the database does not take writes of partition \(partition): \(problem)"
                }
            }
        }
        return state
    }
}
