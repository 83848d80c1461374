internal import Dispatch
package import HTTP
internal import Synchronization

/// Bounded queue of jobs that wait for Kafka or the view, on own threads.
package final class JobQueue: Sendable {
    private struct Job {
        let answer: Answer
        let run: @Sendable () -> HTTPResponse?
    }

    private struct State {
        var waiting: [Job] = []
        /// Those that wait and those that run.
        var count = 0
        var isOpen = true
    }

    private let countMax: Int
    private let refusal: HTTPResponse
    private let stopping: HTTPResponse
    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - refusal: the answer where too many jobs wait.
    ///   - stopping: the answer of a queue that is closed.
    package init(countMax: Int, refusal: HTTPResponse, stopping: HTTPResponse) {
        (self.countMax, self.refusal, self.stopping) = (countMax, refusal, stopping)
    }

    convenience init(countMax: Int, refusal: HTTPResponse = Problems.tooManyJobs) {
        self.init(countMax: countMax, refusal: refusal, stopping: Problems.stopping)
    }

    /// Jobs that are not finished.
    var count: Int { state.withLock { $0.count } }

    /// - Parameters:
    ///   - answer: gets a refusal where the job will not run.
    ///   - run: nil where the answer is given elsewhere.
    package func add(
        _ answer: @escaping @Sendable (HTTPResponse) -> Void, _ run: @escaping @Sendable () -> HTTPResponse?
    ) {
        let refusal: HTTPResponse? = state.withLock { state in
            guard state.isOpen else { return stopping }
            guard state.count < countMax else { return self.refusal }
            state.count += 1
            state.waiting.append(Job(answer: answer, run: run))
            return nil
        }
        if let refusal { return answer(refusal) }
        signal.signal()
    }

    /// Runs jobs until `close()`, on the calling thread; several threads may do so.
    package func run() {
        while true {
            signal.wait()
            let job: Job?? = state.withLock { state in
                guard state.isOpen else { return .none }
                return .some(state.waiting.isEmpty ? nil : state.waiting.removeFirst())
            }
            guard let job else {
                // So do the other threads.
                signal.signal()
                return
            }
            guard let job else { continue }
            let response = job.run()
            // First the slot is free, then the client has its answer: it may ask again at once.
            state.withLock { $0.count -= 1 }
            if let response { job.answer(response) }
        }
    }

    /// Refuses all that waits, and lets `run` return after the jobs that run.
    package func close() {
        let left = state.withLock { state in
            state.isOpen = false
            state.count -= state.waiting.count
            defer { state.waiting = [] }
            return state.waiting
        }
        for job in left { job.answer(stopping) }
        signal.signal()
    }
}
