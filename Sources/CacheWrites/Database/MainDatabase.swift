internal import Basics
public import Caches
public import Invalidations
public import Storage
internal import Synchronization

/// Questions to the main database: what it has of a key, and which process owns a partition.
///
/// Any thread asks. Those who ask about entries at about the same time share a question. Answers come on threads of
/// the database, each exactly once.
public final class MainDatabase: Sendable {
    public typealias EntryAnswer = @Sendable (Result<StoredEntry?, StorageError>) -> Void
    public typealias OwnersAnswer = @Sendable (Result<[Int32: String], StorageError>) -> Void

    private struct Question {
        let name: EntryName
        let answer: EntryAnswer
    }

    private struct State {
        var waiting = DeadlineQueue<Question>()
        /// Threads that ask about entries.
        var asking = 0
        var isClosed = false
    }

    /// Keys of one question.
    private static let keysMax = 100
    private static let waitingMax = 10_000

    private let threads: DatabaseThreads
    private let askingMax: Int
    private let state = Mutex(State())

    /// - Parameter configuration: of the follower beside it, whose tables these are.
    /// - Throws: when the system gives no thread.
    public init(_ configuration: FollowerConfiguration, threads count: Int = 2) throws {
        threads = try DatabaseThreads(
            threads: max(1, count), jobsMax: Self.waitingMax, open: configuration.storeOpener())
        askingMax = max(1, count)
    }

    /// What the database has of a key; nil for nothing.
    ///
    /// - Parameter deadline: from then on the answer is of no use, and the database is not asked any more.
    public func find(
        _ namespace: Namespace, _ key: CacheKey, before deadline: CacheTime, _ answer: @escaping EntryAnswer
    ) {
        let question = Question(name: EntryName(namespace: namespace.name, key: key.bytes), answer: answer)
        let (isAccepted, isFirst) = state.withLock { state in
            guard !state.isClosed, state.waiting.count < Self.waitingMax else { return (false, false) }
            state.waiting.append(question, before: deadline)
            guard state.asking < askingMax else { return (true, false) }
            state.asking += 1
            return (true, true)
        }
        guard isAccepted else { return answer(.failure(.busy("too many questions to the database wait"))) }
        if isFirst { threads.submit { [self] connection in answerWaiting(connection) } }
    }

    /// The addresses of the processes that claimed each partition last; empty where one has none.
    public func findOwners(_ answer: @escaping OwnersAnswer) {
        threads.submit { connection in
            answer(Result { () throws(StorageError) in try connection.get().owners() })
        }
    }

    /// Ends its threads. What waits gets no answer from the database any more.
    public func close() {
        threads.close()
        let waiting = state.withLock { state -> [Question] in
            state.isClosed = true
            return state.waiting.removeNewest(max: .max)
        }
        for question in waiting { question.answer(.failure(.busy("the process ends"))) }
    }

    /// Asks until nobody waits, on a thread of the database.
    private func answerWaiting(_ connection: Result<any WriteStore, StorageError>) {
        while let questions = takeQuestions() {
            let result = Result { () throws(StorageError) in
                try connection.get().entries(Set(questions.map(\.name)))
            }
            for question in questions {
                question.answer(result.flatMap { Self.answer($0[question.name]) })
            }
        }
    }

    private static func answer(_ found: Result<StoredEntry, StorageError>?) -> Result<StoredEntry?, StorageError> {
        found?.map(Optional.some) ?? .success(nil)
    }

    /// - Returns: nil where none waits, and the thread is no longer one of those that ask.
    private func takeQuestions() -> [Question]? {
        let now = CacheTime.now()
        let (questions, expired) = state.withLock { state in
            let expired = state.waiting.removeExpired(now)
            let questions = state.waiting.removeNewest(max: Self.keysMax)
            if questions.isEmpty { state.asking -= 1 }
            return (questions, expired)
        }
        for question in expired { question.answer(.failure(.busy("the database is slower than it is asked"))) }
        return questions.isEmpty ? nil : questions
    }
}
