internal import Caches
internal import Runtime
internal import Storage
internal import Synchronization

/// Answers of the database, for the follower's thread. There are no more than questions.
final class AnswerInbox: Sendable {
    enum Answer: Sendable {
        /// Of the claims of a round.
        case claimed(round: Int, Result<[ClaimedPartition], StorageError>)
        /// The log has the claim, or not.
        case marked(round: Int, ClaimedPartition, Result<LogPosition, AppendError>)
        case flushed(PartitionLease, WriteBatch, FlushAnswer, Duration)
        case version(PartitionLease, Result<RowVersion?, StorageError>)
    }

    private let answers = Mutex<[Answer]>([])
    private let wake: WakePipe

    init(_ wake: WakePipe) {
        self.wake = wake
    }

    func add(_ answer: Answer) {
        answers.withLock { $0.append(answer) }
        wake.wake()
    }

    func takeAll() -> [Answer] {
        answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }
}
