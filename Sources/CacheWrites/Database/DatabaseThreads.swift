internal import Runtime
internal import Storage
internal import Synchronization

/// Threads that ask the database, each with a connection of its own: the follower never waits for SQL.
final class DatabaseThreads: Sendable {
    typealias Job = @Sendable (Result<any WriteStore, StorageError>) -> Void

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
    }

    private let open: @Sendable () throws(StorageError) -> any WriteStore
    private let state = Mutex(State())
    private let wakes: [WakePipe]
    private let jobsMax: Int

    /// - Parameters:
    ///   - jobsMax: that may wait; one more fails at once.
    ///   - open: makes a connection, on one of the threads.
    init(
        threads count: Int, jobsMax: Int, open: @escaping @Sendable () throws(StorageError) -> any WriteStore
    ) throws {
        self.open = open
        self.jobsMax = jobsMax
        wakes = try (0..<count).map { _ in try WakePipe() }
        for (number, wake) in wakes.enumerated() {
            try NamedThread.startThread("cache-sql-\(number)") { [self] in work(wake) }
        }
    }

    /// Has a thread run the job, which gets a connection, or the reason why there is none.
    func submit(_ job: @escaping Job) {
        let isAccepted = state.withLock { state in
            guard !state.isClosed, state.jobs.count < jobsMax else { return false }
            state.jobs.append(job)
            return true
        }
        guard isAccepted else { return job(.failure(.busy("too many questions to the database wait"))) }
        for wake in wakes { wake.wake() }
    }

    /// Lets the threads end after what they are at. Jobs that still wait are never run.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.jobs = []
        }
        for wake in wakes { wake.wake() }
    }

    private func work(_ wake: WakePipe) {
        var database: (any WriteStore)?
        while true {
            wake.drain()
            let (job, isClosed) = state.withLock { ($0.jobs.isEmpty ? nil : $0.jobs.removeFirst(), $0.isClosed) }
            if isClosed { return }
            guard let job else {
                wake.waitForWake(atMost: .seconds(60))
                continue
            }
            if database?.isUsable != true { database = nil }
            do throws(StorageError) {
                // `??` would lose the type of the error.
                let usable: any WriteStore
                if let database { usable = database } else { usable = try open() }
                database = usable
                job(.success(usable))
            } catch {
                job(.failure(error))
            }
        }
    }
}
