internal import Caches
internal import Dispatch
internal import Gateway
internal import Storage
internal import Synchronization

/// Threads that read entries from the file, each with a connection of its own: no thread of the server waits for it.
final class DiskReaders: Sendable {
    /// Reads beyond are misses.
    private static let jobsMax = 10_000
    private static let threadCount = 2

    private struct Job {
        let address: CacheAddress
        let hiddenBy: [DiskSweep]
        let answer: @Sendable (Result<CacheEntry?, any Error>) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isOpen = true
    }

    private let path: String
    private let names: DiskNames
    private let form: DiskEntryForm
    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    init(path: String, _ names: DiskNames, _ form: DiskEntryForm) {
        (self.path, self.names, self.form) = (path, names, form)
    }

    func startThreads() throws -> [BackgroundThread] {
        try (0..<Self.threadCount).map { number in
            try BackgroundThread("cache-disk-\(number)") { [self] in run() }
        }
    }

    /// - Parameter hiddenBy: invalidations whose entries must not be found.
    func find(
        _ address: CacheAddress, hiddenBy: [DiskSweep],
        _ answer: @escaping @Sendable (Result<CacheEntry?, any Error>) -> Void
    ) {
        let isQueued = state.withLock { state in
            guard state.isOpen, state.jobs.count < Self.jobsMax else { return false }
            state.jobs.append(Job(address: address, hiddenBy: hiddenBy, answer: answer))
            return true
        }
        if isQueued { signal.signal() } else { answer(.success(nil)) }
    }

    /// Lets the threads end. What still waits finds nothing.
    func close() {
        let left = state.withLock { state in
            state.isOpen = false
            defer { state.jobs = [] }
            return state.jobs
        }
        for _ in 0..<Self.threadCount { signal.signal() }
        for job in left { job.answer(.success(nil)) }
    }

    private func run() {
        var statement: Statement?
        while true {
            signal.wait()
            let (job, isOpen) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isOpen)
            }
            guard isOpen else {
                job?.answer(.success(nil))
                return
            }
            guard let job else { continue }
            do {
                let prepared = try statement ?? prepare()
                statement = prepared
                job.answer(.success(try read(job, prepared)))
            } catch {
                job.answer(.failure(error))
            }
        }
    }

    private func prepare() throws -> Statement {
        try Connection(path: path, access: .read).prepare(
            "SELECT \(DiskEntryForm.columns) FROM entries WHERE namespace = ?1 AND key = ?2")
    }

    private func read(_ job: Job, _ statement: Statement) throws -> CacheEntry? {
        guard let namespace = names.id(job.address.namespace) else { return nil }
        statement.bind(1, namespace)
        statement.bind(2, job.address.key.bytes)
        guard let (entry, sequence) = try statement.firstRow({ try form.entry(job.address.key, from: $0) }),
            !job.hiddenBy.hide(entry, sequence: sequence)
        else { return nil }
        return entry
    }
}
