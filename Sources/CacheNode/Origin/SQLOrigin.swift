internal import CacheWrites
internal import Caches
internal import Invalidations
internal import Runtime
internal import Storage
internal import Synchronization

/// Loads from a team's own tables: misses that come within a millisecond join one question.
///
/// Any thread asks. Questions go on threads of its own, each with a connection.
final class SQLOrigin: Sendable {
    typealias Answer = @Sendable (LoadResult) -> Void

    private struct Load {
        let key: CacheKey
        let rules: NamespaceRules
        let answer: Answer
    }

    private struct State {
        var waiting = DeadlineQueue<Load>()
        /// A thread waits for more of them.
        var isCollecting = false
        var isClosed = false
        var lastWarning: MonotonicTime?
    }

    private static let keysMax = 100
    private static let waitingMax = 10_000
    private static let joinTime = Duration.milliseconds(1)
    private static let warningInterval = Duration.seconds(10)

    private let configuration: SQLOriginConfiguration
    private let log: Log
    private let state = Mutex(State())
    private let wakes: [WakePipe]

    /// - Throws: `SQLOriginError` for a query that the database refuses; one that is away is asked later.
    init(_ configuration: SQLOriginConfiguration, log: Log) throws {
        self.configuration = configuration
        self.log = log
        do throws(StorageError) {
            _ = try SQLStatement(configuration)
        } catch {
            guard FlushFailure(error) == .waits else { throw SQLOriginError(configuration, error) }
            log.warning("the database of an origin does not answer, so its query is not checked", ["error": "\(error)"])
        }
        wakes = try (0..<max(1, configuration.connections)).map { _ in try WakePipe() }
        for (number, wake) in wakes.enumerated() {
            try NamedThread.startThread("cache-origin-\(number)") { [self] in answerLoads(wake) }
        }
    }

    /// - Parameters:
    ///   - deadline: from then on its answer is of no use.
    ///   - answer: called once, from any thread.
    func load(_ key: CacheKey, _ rules: NamespaceRules, before deadline: CacheTime, _ answer: @escaping Answer) {
        // The server has no form for others.
        guard String(validating: key.bytes, as: UTF8.self) != nil, !key.bytes.contains(0) else {
            return answer(.absent(CacheLimits.absenceMax))
        }
        let isAccepted = state.withLock { state in
            guard !state.isClosed, state.waiting.count < Self.waitingMax else { return false }
            state.waiting.append(Load(key: key, rules: rules, answer: answer), before: deadline)
            return true
        }
        guard isAccepted else { return answer(.failed) }
        for wake in wakes { wake.wake() }
    }

    /// Lets the threads end after what they are at. What waits fails.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.waiting.removeNewest(max: .max)
        }
        for load in waiting { load.answer(.failed) }
        for wake in wakes { wake.wake() }
    }

    // MARK: On a thread of its own

    private func answerLoads(_ wake: WakePipe) {
        var statement: SQLStatement?
        while !state.withLock({ $0.isClosed }) {
            wake.drain()
            guard let loads = collectLoads(wake) else {
                wake.waitForWake(atMost: .seconds(60))
                continue
            }
            if statement?.isUsable != true { statement = nil }
            do throws(StorageError) {
                let usable: SQLStatement
                if let statement { usable = statement } else { usable = try SQLStatement(configuration) }
                statement = usable
                try answer(loads, usable)
            } catch {
                warn(error)
                for load in loads { load.answer(.failed) }
            }
        }
    }

    /// Waits a moment for more where there is one.
    ///
    /// - Returns: nil where there is none, or another thread collects them.
    private func collectLoads(_ wake: WakePipe) -> [Load]? {
        let isMine = state.withLock { state in
            guard !state.waiting.isEmpty, !state.isCollecting else { return false }
            state.isCollecting = true
            return true
        }
        guard isMine else { return nil }
        let deadline = MonotonicTime.now() + Self.joinTime
        while MonotonicTime.now() < deadline, state.withLock({ $0.waiting.count < Self.keysMax && !$0.isClosed }) {
            wake.waitForWake(atMost: deadline - .now())
            wake.drain()
        }
        let now = CacheTime.now()
        let (loads, expired, hasMore) = state.withLock { state in
            state.isCollecting = false
            let expired = state.waiting.removeExpired(now)
            return (state.waiting.removeNewest(max: Self.keysMax), expired, !state.waiting.isEmpty)
        }
        if hasMore { for wake in wakes { wake.wake() } }
        for load in expired { load.answer(.failed) }
        return loads.isEmpty ? nil : loads
    }

    /// Where a key is one that the query cannot deal with, halves of them are asked until it stands alone.
    private func answer(_ loads: [Load], _ statement: SQLStatement) throws(StorageError) {
        let results: [LoadResult]
        do throws(StorageError) {
            results = try statement.results(of: loads.map { ($0.key, $0.rules) })
        } catch {
            guard statement.isUsable, loads.count > 1, FlushFailure(error) == .poison else {
                warn(error)
                for load in loads { load.answer(.failed) }
                return
            }
            let half = loads.count / 2
            try answer(Array(loads[..<half]), statement)
            return try answer(Array(loads[half...]), statement)
        }
        for (load, result) in zip(loads, results) { load.answer(result) }
    }

    private func warn(_ error: StorageError) {
        let now = MonotonicTime.now()
        let isDue = state.withLock { state in
            if let last = state.lastWarning, now - last < Self.warningInterval { return false }
            state.lastWarning = now
            return true
        }
        if isDue { log.warning("an origin's query fails", ["error": "\(error)"]) }
    }
}

/// A query that its database refuses.
struct SQLOriginError: Error, CustomStringConvertible {
    let description: String

    init(_ configuration: SQLOriginConfiguration, _ error: StorageError) {
        description = """
            cache.namespaces: the database refuses the query of an origin: \(error). It must have the columns key and \
            value, may have tags (text[]) and ttl (seconds), and asks for the keys as $1 (text[]): \
            \(configuration.statement)
            """
    }
}
