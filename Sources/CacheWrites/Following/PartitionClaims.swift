internal import Basics
internal import Caches
internal import Runtime
internal import Storage

/// Claims of partitions in the fence: which are to be made, and which are under way.
final class PartitionClaims {
    private let database: DatabaseThreads
    private let answers: AnswerInbox
    private let log: Log
    private let owner: String
    /// Counts assignments: what was asked under an earlier one is nobody's.
    private(set) var round = 0
    private var due: [Int32: CacheTime] = [:]
    private var asked: Set<Int32> = []
    private var backoff = Backoff(first: .milliseconds(500), longest: .seconds(10))
    /// Why partitions are not claimed yet; nil while there is no trouble.
    private(set) var problem: String?

    init(_ database: DatabaseThreads, _ answers: AnswerInbox, _ log: Log, owner: String) {
        (self.database, self.answers, self.log, self.owner) = (database, answers, log, owner)
    }

    /// An assignment begins.
    func begin(_ partitions: [Int32], at time: CacheTime) {
        end()
        add(partitions, at: time)
    }

    /// The assignment is over.
    func end() {
        round += 1
        (due, asked, problem) = ([:], [], nil)
        backoff.reset()
    }

    func add(_ partitions: [Int32], at time: CacheTime) {
        for partition in partitions { due[partition] = time }
    }

    /// One question at a time: it claims all that is due.
    func submitDue(_ now: CacheTime) {
        let partitions = due.filter { $0.value <= now }.keys.sorted()
        guard asked.isEmpty, !partitions.isEmpty else { return }
        for partition in partitions { due[partition] = nil }
        asked = Set(partitions)
        let (answers, round, owner) = (answers, round, owner)
        database.submit { connection in
            let result = Result { () throws(StorageError) in
                try connection.get().claim(partitions, owner: owner)
            }
            answers.add(.claimed(round: round, result))
        }
    }

    /// The partition's log begins anew, and its fence with it.
    func beginGeneration(_ lease: PartitionLease) {
        asked.insert(lease.partition)
        let (answers, round) = (answers, round)
        database.submit { connection in
            let result = Result { () throws(StorageError) in
                try connection.get().beginGeneration(lease).map { [$0] } ?? []
            }
            answers.add(.claimed(round: round, result))
        }
    }

    /// - Returns: what is claimed now. What is not is claimed a while later.
    func finish(_ round: Int, _ result: Result<[ClaimedPartition], StorageError>, _ now: CacheTime)
        -> [ClaimedPartition]
    {
        guard round == self.round else { return [] }
        let claimed: [ClaimedPartition]
        switch result {
        case .success(let found):
            claimed = found
            problem = nil
            backoff.reset()
        case .failure(let error):
            claimed = []
            problem = "the database does not let partitions be claimed: \(error)"
            log.warning("partitions of the writes are not claimed", ["error": "\(error)"])
        }
        let missing = asked.subtracting(claimed.map(\.lease.partition))
        asked = []
        if !missing.isEmpty { add(missing.sorted(), at: now + backoff.next()) }
        return claimed
    }

    func nextDue(_ now: CacheTime) -> CacheTime { due.values.min() ?? .never }
}
