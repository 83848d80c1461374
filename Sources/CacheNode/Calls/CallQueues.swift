internal import Gateway
internal import HTTP
internal import Runtime

/// Calls that may last, in queues by whom they may wait for.
///
/// A client's call may ask other nodes, and waits for them. What a node asks in a client's name asks nobody further.
/// If both shared threads, two nodes could wait for each other with all the threads that they have.
final class CallQueues: Sendable {
    /// So that one long call does not keep all others of its queue waiting.
    private static let threadsOfEach = 2
    static let threadCount = 3 * threadsOfEach

    /// Calls that may ask other nodes.
    private let asking: JobQueue
    /// Batches of other nodes. They wait for the log and the database.
    private let batches: JobQueue
    /// Invalidations and questions of other nodes and of workers, who wait for a short time only.
    private let short: JobQueue

    /// - Parameter countMax: calls of each queue that are not finished.
    init(countMax: Int) {
        func queue() -> JobQueue {
            JobQueue(
                countMax: countMax, refusal: CallRefusal.tooManyCalls.problem, stopping: CallRefusal.stopping.problem)
        }
        (asking, batches, short) = (queue(), queue(), queue())
    }

    /// A client that says it is a node gets into a queue like any other, and asks nobody from there.
    func add(
        _ call: CacheCall, _ request: HTTPRequest, _ answer: @escaping @Sendable (HTTPResponse) -> Void,
        _ run: @escaping @Sendable () -> HTTPResponse
    ) {
        switch call {
        case .purge: short.add(answer, run)
        case .batch where PeerCalls.isPassedOn(request): batches.add(answer, run)
        case _ where PeerCalls.isPassedOn(request): short.add(answer, run)
        default: asking.add(answer, run)
        }
    }

    /// The threads work until `close()`.
    ///
    /// - Throws: when the system gives no thread.
    func startThreads() throws -> [BackgroundThread] {
        let queues = [("asking", asking), ("peers", batches), ("short", short)]
        return try queues.flatMap { name, queue in
            try (0..<Self.threadsOfEach).map { number in
                try BackgroundThread("cache-\(name)-\(number)") { queue.run() }
            }
        }
    }

    func close() {
        for queue in [asking, batches, short] { queue.close() }
    }
}
