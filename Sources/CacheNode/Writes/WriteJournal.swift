internal import CacheWrites
internal import Caches
internal import Gateway
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Storage

/// Durable writes of a node: a log that has them first, and a follower that brings them to store and database.
///
/// The partitions of the log that a node owns are the keys that it answers for. What the database does not have yet
/// wins over what it has.
final class WriteJournal: Sendable {
    typealias Answer = @Sendable (CacheWrite.Outcome) -> Void

    enum Ownership {
        case owned
        /// The log is still to be read up to its end.
        case restoring
        case elsewhere
    }

    /// Longer than a record is tried for.
    private static let answerTimeout = Duration.seconds(15)

    let isLogDurable: Bool
    private let log: WriteLog
    private let follower: WriteFollower
    private let database: MainDatabase
    private let owners: OwnerAddresses
    private let unanswered = UnansweredWrites(timeout: answerTimeout)
    private let stop = StopSignal()
    private let thread: BackgroundThread

    /// Waits until Kafka can take writes.
    init(
        _ configuration: WritesConfiguration, _ kafka: KafkaConfiguration, observer: any WriteObserver,
        registry: MetricsRegistry, log: Log, rules: @escaping @Sendable (Namespace) -> NamespaceRules
    ) throws {
        isLogDurable = configuration.isLogDurable
        var settings = FollowerConfiguration(kafka: kafka, store: configuration.store(rules))
        settings.schemaName = configuration.schemaName
        settings.settings = configuration.settings
        settings.address = configuration.address
        settings.sessionTimeout = configuration.sessionTimeout
        settings.observer = observer
        let writes = try WriteLog(kafka, log: log)
        let follower = try WriteFollower(settings, writes: writes, metrics: registry, log: log)
        let database = try MainDatabase(settings)
        (self.log, self.follower, self.database) = (writes, follower, database)
        owners = OwnerAddresses(database, own: configuration.address)
        thread = try BackgroundThread("cache-writes") { [stop] in try follower.run(stop) {} }
    }

    /// How its writes stand.
    var state: WriteState { follower.state }

    /// Why it cannot take writes; nil while it can take some.
    var fault: String? {
        let state = follower.state
        return state.owned.isEmpty ? state.problem : nil
    }

    /// Why its thread has ended.
    var failure: (any Error)? { thread.failure }

    /// What has to be done once in a while.
    func keepTime() {
        unanswered.expire(.now())
        owners.expire(.now())
    }

    /// Takes no more writes, flushes what waits for a moment, and ends its threads.
    func end() {
        stop.drain()
        thread.join()
        log.close(within: .seconds(5))
        unanswered.close()
        database.close()
    }

    // MARK: Reads

    func ownership(of namespace: Namespace, _ key: CacheKey) -> Ownership {
        switch follower.pending(namespace, key) {
        case .notOwned: .elsewhere
        case .restoring: .restoring
        case .flushed, .unflushed: .owned
        }
    }

    /// - Parameter answer: gets the URL of the node that owns the key; nil where none is known.
    func findOwner(of namespace: Namespace, _ key: CacheKey, _ answer: @escaping @Sendable (String?) -> Void) {
        owners.find(follower.partition(of: namespace, key), answer)
    }

    /// The same at once: blocks for a second at most.
    func findOwnerNow(of namespace: Namespace, _ key: CacheKey) -> String? {
        owners.findNow(follower.partition(of: namespace, key))
    }

    /// The URLs of all other nodes that own keys. Blocks for a second at most.
    func findPeers() -> [String] { owners.findOthers().sorted() }

    /// Loads a key: its newest write, wherever that is.
    ///
    /// To be called once the load has begun in the store. A write that is applied later makes the load void there.
    ///
    /// - Parameter deadline: of the load.
    func load(
        _ namespace: Namespace, _ key: CacheKey, before deadline: CacheTime,
        _ answer: @escaping @Sendable (LoadResult) -> Void
    ) {
        switch follower.pending(namespace, key) {
        case .notOwned, .restoring: answer(.failed)
        case .unflushed(let write): answer(LoadResult(unflushed: write.change))
        case .flushed:
            database.find(namespace, key, before: deadline) { result in
                switch result {
                case .success(let entry?):
                    answer(.value(entry.value, tags: entry.tags, lifetime: entry.lifetime, origin: nil))
                // The owner hears of each write, so it may know that there is nothing.
                case .success(nil): answer(.absent(CacheLimits.absenceMax))
                case .failure: answer(.failed)
                }
            }
        }
    }

    /// The newest write of a key that this node owns and the database does not have; nil where there is none.
    func unflushed(_ namespace: Namespace, _ key: CacheKey) -> LoadResult? {
        guard case .unflushed(let write) = follower.pending(namespace, key) else { return nil }
        return LoadResult(unflushed: write.change)
    }

    /// Has a key's write flushed before others.
    func flushFirst(_ namespace: Namespace, _ key: CacheKey) { follower.flushFirst(namespace, key) }

    /// Has writes flushed before others that an invalidation means. Waits for nobody.
    func flushFirst(_ selectors: CacheSelectors, in namespace: Namespace) {
        follower.flushFirst(selectors, in: namespace)
    }

    /// Has all writes of a namespace flushed at once.
    func flushAll(_ namespace: Namespace) { follower.flushAll(namespace) }

    /// Keys of a namespace that the database still needs. Those of partitions that are restored are not known.
    func dirtyCount(_ namespace: Namespace) -> Int { follower.dirtyCount(namespace) }

    // MARK: Writes

    /// Records a write, and answers once it stands in the log and in the store.
    func append(_ write: CacheWrite, _ answer: @escaping Answer) {
        let answer = unanswered.add(answer)
        switch finding(write) {
        case .repeated, .itself: return answer(.done)
        case .other: return answer(.keyIsUsed)
        case .new: break
        }
        guard write.condition != .none else { return append(write, nil, answer) }
        switch follower.pending(write.namespace, write.key) {
        case .notOwned: sendElsewhere(write, answer)
        case .restoring: answer(.restoring)
        case .unflushed(let newest):
            guard case .set(let value, _, _) = newest.change else {
                return append(write, from: nil, answer)
            }
            append(write, from: (value, newest.version), answer)
        case .flushed:
            database.find(write.namespace, write.key, before: .now() + Self.answerTimeout) { [self] result in
                switch result {
                case .success(let entry): append(write, from: entry.map { ($0.value, $0.version) }, answer)
                case .failure(let error): answer(.notStored("the database does not answer: \(error)"))
                }
            }
        }
    }

    private func finding(_ write: CacheWrite) -> KnownWrites.Finding {
        guard let identity = write.identity else { return .new }
        return follower.find(identity.fingerprint, write.namespace, write.key)
    }

    /// - Parameter present: what the key has, so far as this node knows. The log decides whether that is still so.
    private func append(
        _ write: CacheWrite, from present: (value: CacheValue, version: LogVersion)?,
        _ answer: @escaping Answer
    ) {
        guard write.condition.holds(for: present?.value) else {
            // By itself, perhaps: it may have had its turn meanwhile.
            return answer(finding(write) == .repeated ? .done : .conditionFailed)
        }
        append(write, present.map { .version($0.version) } ?? .absent, answer)
    }

    private func append(_ write: CacheWrite, _ condition: VersionCondition?, _ answer: @escaping Answer) {
        do {
            let record = try WriteRecord(
                namespace: write.namespace, key: write.key, change: PendingWrite.Change(write.change),
                details: WriteDetails(
                    writtenAt: .now(), condition: condition, idempotencyKey: write.identity?.name.key,
                    fingerprint: write.identity?.fingerprint))
            try follower.append(record) { [self] result in end(write, result, answer) }
        } catch let error as AppendError {
            end(write, .failure(error), answer)
        } catch {
            answer(.refused("\(error)"))
        }
    }

    private func end(
        _ write: CacheWrite, _ result: Result<AppendedWrite, AppendError>, _ answer: @escaping Answer
    ) {
        switch result {
        case .success(let appended):
            switch appended.verdict {
            case .counts, .repeated: answer(.done)
            case .conditionFailed, .refused: answer(.conditionFailed)
            case .keyIsUsed: answer(.keyIsUsed)
            case nil: answer(.unknown("another node owns the key now, and decides whether the write counts"))
            }
        case .failure(.overloaded(let pause)): answer(.overloaded(retryAfter: pause))
        case .failure(.notOwned): sendElsewhere(write, answer)
        case .failure(.refused(let text)): answer(.refused(text))
        case .failure(.notStored(let text)): answer(.notStored(text))
        case .failure(.unknown(let text)): answer(.unknown(text))
        }
    }

    private func sendElsewhere(_ write: CacheWrite, _ answer: @escaping Answer) {
        findOwner(of: write.namespace, write.key) { address in
            answer(address.map { .elsewhere($0) } ?? .restoring)
        }
    }
}

extension PendingWrite.Change {
    fileprivate init(_ change: CacheWrite.Change) {
        switch change {
        case .set(let value, let tags, let lifetime): self = .set(value, tags: tags, lifetime: lifetime)
        case .delete: self = .delete
        }
    }
}
