internal import HTTP
internal import Runtime
internal import Views

/// Where questions to the view are worked on: on the thread that has them, or on threads of their own.
///
/// A file answers at once. A server may take its time, and the threads that serve must not wait for it: then a few
/// others do, with a bound on the questions that wait for them.
final class ViewWork: Sendable {
    /// Nil for a file.
    private let queue: JobQueue?
    private let threads: [BackgroundThread]

    /// - Throws: `SystemCallError` when the system gives no thread.
    init(_ configuration: GatewayConfiguration) throws {
        guard case .postgres = configuration.view else {
            (queue, threads) = (nil, [])
            return
        }
        let queue = JobQueue(countMax: configuration.viewQuestionsMax, refusal: Problems.tooManyQuestions)
        self.queue = queue
        threads = try (0..<Self.threadCount(configuration)).map { number in
            try BackgroundThread("gateway-view-\(number)") { queue.run() }
        }
    }

    /// How many readers of the view the threads need that ask it: these, or those that serve.
    static func readerCount(_ configuration: GatewayConfiguration) -> Int {
        guard case .postgres = configuration.view else { return configuration.http.threads }
        return threadCount(configuration)
    }

    private static func threadCount(_ configuration: GatewayConfiguration) -> Int { max(1, configuration.viewThreads) }

    /// Questions that are not answered.
    var count: Int { queue?.count ?? 0 }

    /// - Parameters:
    ///   - answer: gets a refusal where `body` will not run.
    ///   - body: asks the view, and sees to the answer.
    func run(_ answer: @escaping Answer, _ body: @escaping @Sendable () -> Void) {
        guard let queue else { return body() }
        queue.add(answer) {
            body()
            return nil
        }
    }

    /// Refuses all that waits.
    func close() {
        queue?.close()
    }

    /// Waits for the threads to end, after `close()`.
    func join() {
        for thread in threads { thread.join() }
    }
}
