internal import CacheWrites
internal import Dispatch
internal import Runtime
internal import Storage
internal import Synchronization

/// Addresses of the nodes that own partitions, as the database last said.
///
/// A database that is away holds nobody up for long: what it said last counts until it answers once more. A node that
/// is asked in vain for a key says so itself.
final class OwnerAddresses: Sendable {
    typealias Answer = @Sendable (String?) -> Void

    private struct State {
        /// Other nodes, by partition; there are no more of them than partitions.
        var owners: [Int32: String] = [:]
        var saidAt: MonotonicTime?
        /// When the database gave no answer; nil once it has given one since.
        var failedAt: MonotonicTime?
        /// When the question was asked that is under way.
        var askedAt: MonotonicTime?
        var waiting: [(partition: Int32, answer: Answer)] = []

        /// A question that lasts too long is a failure, though its answer may come.
        mutating func expire(_ now: MonotonicTime) {
            guard let askedAt, now - askedAt >= OwnerAddresses.answerMax, failedAt == nil else { return }
            failedAt = now
        }

        /// Whether a question may be asked: one at a time, and some time after a failure.
        func canAsk(_ now: MonotonicTime) -> Bool {
            askedAt == nil && failedAt.map { now - $0 >= OwnerAddresses.pause } ?? true
        }

        /// - Returns: what those who wait are to be told.
        mutating func release() -> [(address: String?, answer: Answer)] {
            defer { waiting = [] }
            return waiting.map { (owners[$0.partition], $0.answer) }
        }
    }

    /// Old enough to ask once more: a takeover lasts longer.
    private static let age = Duration.seconds(1)
    /// While keys change hands nobody owns them for a moment, or this node by what the database still says.
    private static let ageOfNone = Duration.milliseconds(100)
    /// How long anybody waits for the database.
    private static let answerMax = Duration.seconds(1)
    /// After a failure the database is left alone for so long.
    private static let pause = Duration.seconds(1)
    private static let waitingMax = 10_000

    private let database: MainDatabase
    private let own: String
    private let state = Mutex(State())

    /// - Parameter own: address of this node.
    init(_ database: MainDatabase, own: String) {
        (self.database, self.own) = (database, own)
    }

    /// - Parameter answer: gets the URL of another node; nil where none is known.
    func find(_ partition: Int32, _ answer: @escaping Answer) {
        let now = MonotonicTime.now()
        let (address, isWaiting, asks) = state.withLock { state -> (String?, Bool, Bool) in
            let address = state.owners[partition]
            state.expire(now)
            let age = address == nil ? Self.ageOfNone : Self.age
            if state.failedAt == nil, let saidAt = state.saidAt, now - saidAt < age { return (address, false, false) }
            let asks = state.canAsk(now)
            if asks { state.askedAt = now }
            guard state.failedAt == nil, state.waiting.count < Self.waitingMax else { return (address, false, asks) }
            state.waiting.append((partition, answer))
            return (nil, true, asks)
        }
        if asks { database.findOwners { [self] in end($0, isAsked: true) } }
        if !isWaiting { answer(address) }
    }

    /// The same at once: blocks for a second at most.
    func findNow(_ partition: Int32) -> String? {
        let found = Found()
        find(partition) { address in
            found.address.withLock { $0 = address }
            found.answered.signal()
        }
        guard found.waitForAnswer() else { return state.withLock { $0.owners[partition] } }
        return found.address.withLock { $0 }
    }

    /// The URLs of all other nodes that own something. Waits for the database, for a second at most.
    func findOthers() -> Set<String> {
        let now = MonotonicTime.now()
        // The answer of an earlier question may be older than what the caller has to tell them.
        let (asks, isAsked) = state.withLock { state -> (Bool, Bool) in
            state.expire(now)
            let isFirst = state.canAsk(now)
            if isFirst { state.askedAt = now }
            return (isFirst || state.failedAt == nil, isFirst)
        }
        if asks {
            let found = Found()
            database.findOwners { [self] result in
                end(result, isAsked: isAsked)
                found.answered.signal()
            }
            _ = found.waitForAnswer()
        }
        return Set(state.withLock { $0.owners.values })
    }

    /// Tells those who have waited long enough what is known.
    func expire(_ now: MonotonicTime) {
        let released = state.withLock { state in
            state.expire(now)
            return state.failedAt == nil ? [] : state.release()
        }
        for (address, answer) in released { answer(address) }
    }

    /// - Parameter isAsked: it is the answer that others wait for.
    private func end(_ result: Result<[Int32: String], StorageError>, isAsked: Bool) {
        let now = MonotonicTime.now()
        let released = state.withLock { state in
            if isAsked { state.askedAt = nil }
            switch result {
            case .success(let owners):
                state.owners = owners.filter { !$0.value.isEmpty && $0.value != own }
                (state.saidAt, state.failedAt) = (now, nil)
            case .failure: state.failedAt = now
            }
            return state.release()
        }
        for (address, answer) in released { answer(address) }
    }

    private final class Found: Sendable {
        let address = Mutex<String?>(nil)
        let answered = DispatchSemaphore(value: 0)

        /// - Returns: false where there is no answer in time.
        func waitForAnswer() -> Bool {
            answered.wait(timeout: .now() + .milliseconds(Int(OwnerAddresses.answerMax / .milliseconds(1)))) == .success
        }
    }
}
