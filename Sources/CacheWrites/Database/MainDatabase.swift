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
    public typealias OwnerAnswer = @Sendable (Result<String?, StorageError>) -> Void

    private struct Question {
        let name: EntryName
        let answer: EntryAnswer
    }

    private struct State {
        var waiting = RingBuffer<Question>()
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
    public func find(_ namespace: Namespace, _ key: CacheKey, _ answer: @escaping EntryAnswer) {
        let question = Question(name: EntryName(namespace: namespace.name, key: key.bytes), answer: answer)
        let (isAccepted, isFirst) = state.withLock { state in
            guard !state.isClosed, state.waiting.count < Self.waitingMax else { return (false, false) }
            state.waiting.append(question)
            guard state.asking < askingMax else { return (true, false) }
            state.asking += 1
            return (true, true)
        }
        guard isAccepted else { return answer(.failure(.busy("too many questions to the database wait"))) }
        if isFirst { threads.submit { [self] connection in answerWaiting(connection) } }
    }

    /// The address of the process that claimed a partition last; nil where nobody did, empty where it has none.
    public func findOwner(of partition: Int32, _ answer: @escaping OwnerAnswer) {
        threads.submit { connection in
            answer(Result { () throws(StorageError) in try connection.get().owner(of: partition) })
        }
    }

    /// The addresses of all processes that claimed some partition last.
    public func findOwners(_ answer: @escaping @Sendable (Result<[String], StorageError>) -> Void) {
        threads.submit { connection in
            answer(Result { () throws(StorageError) in try connection.get().owners() })
        }
    }

    /// Ends its threads. What waits gets no answer from the database any more.
    public func close() {
        threads.close()
        let waiting = state.withLock { state -> [Question] in
            state.isClosed = true
            return Self.takeAll(&state)
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

    private func takeQuestions() -> [Question]? {
        state.withLock { state in
            var questions: [Question] = []
            while questions.count < Self.keysMax, let question = state.waiting.popFirst() {
                questions.append(question)
            }
            if questions.isEmpty { state.asking -= 1 }
            return questions.isEmpty ? nil : questions
        }
    }

    private static func takeAll(_ state: inout State) -> [Question] {
        var questions: [Question] = []
        while let question = state.waiting.popFirst() { questions.append(question) }
        return questions
    }
}
