internal import Caches
internal import Dispatch
internal import Gateway
internal import Invalidations
internal import Runtime
internal import Storage
internal import Synchronization

/// The disk behind the store of a node: what memory evicts is answered from it, also after a restart.
///
/// One thread writes, in the order in which memory applied the changes, with how far the log is applied in the same
/// transaction. If the file can't be used, the node goes on without it.
final class DiskTier: Sendable {
    /// How long changes wait for others where nobody waits for them.
    private static let delay = Duration.milliseconds(50)
    /// How long the count of an invalidation waits for the disk.
    static let countTime = DispatchTimeInterval.seconds(10)
    private static let closeTime = Duration.seconds(20)

    private struct State {
        var problem: String?
        var isUsed = true
        var isDamaged = false
        var positions: DiskPositions?
        var openingFailure: StorageError?
    }

    let queue: DiskQueue
    private let configuration: DiskConfiguration
    private let names = DiskNames()
    private let form: DiskEntryForm
    private let readers: DiskReaders
    private let metrics: DiskMetrics
    private let log: Log
    private let wake: WakePipe
    private let state = Mutex(State())
    private let bytes = Atomic<Int64>(0)
    private let isOpen = Atomic(true)
    private let opened = DispatchSemaphore(value: 0)

    /// - Parameter compressedFrom: from how many bytes on memory holds values compressed.
    init(
        _ configuration: DiskConfiguration, _ queue: DiskQueue, compressedFrom: Int?, wake: WakePipe,
        metrics: DiskMetrics, log: Log
    ) {
        (self.configuration, self.queue, self.wake) = (configuration, queue, wake)
        (self.metrics, self.log) = (metrics, log)
        form = DiskEntryForm(clock: DiskClock(), compressedFrom: compressedFrom)
        readers = DiskReaders(path: configuration.path, names, form)
    }

    /// Why there is no disk; nil while there is one.
    var problem: String? { state.withLock { $0.problem } }

    /// How far the log was applied by what the file has; nil where it has nothing.
    var positions: DiskPositions? { state.withLock { $0.positions } }

    /// Bytes of the file that are in use.
    var byteCount: Int64 { bytes.load(ordering: .relaxed) }

    func include(_ number: NamespaceNumber, _ name: Namespace) {
        names.add(number, name)
        queue.include(number)
    }

    // MARK: Reading and waiting

    /// Looks for an entry that memory does not have. To be called once its load has begun.
    ///
    /// - Parameter answer: called once, on this thread or another one.
    func find(_ address: CacheAddress, _ answer: @escaping @Sendable (CacheEntry?) -> Void) {
        switch queue.look(address) {
        case .missing: answer(nil)
        case .found(let entry): answer(entry)
        case .onDisk(let sweeps):
            readers.find(address, hiddenBy: sweeps) { [self] result in
                switch result {
                case .success(let entry):
                    metrics.read(isHit: entry != nil)
                    answer(entry)
                case .failure(let damage as DamagedRow):
                    metrics.failures.increment()
                    // The writer's thread counts what it sees by itself.
                    if damage == .value { metrics.damagedRows.increment() }
                    queue.drop(address)
                    answer(nil)
                case .failure(let error):
                    metrics.failures.increment()
                    giveUp("it cannot be read: \(error)", isDamaged: Self.isDamage(error))
                    answer(nil)
                }
            }
        }
    }

    /// Counts what an invalidation removes, in memory and on the disk. It blocks until the disk has it.
    ///
    /// - Parameter forget: hands what memory had.
    func count(_ forget: (SweepWatcher) -> [UInt64]) -> Int {
        let done = DispatchSemaphore(value: 0)
        let watcher = SweepWatcher { done.signal() }
        let known = Set(forget(watcher))
        // A large number is removed behind the answer: it is not seen any more, and is written down.
        _ = done.wait(timeout: .now() + Self.countTime)
        awaitCommit()
        return known.count + watcher.count(beside: known)
    }

    /// Blocks until the disk has as few invalidations in work as it may have.
    func awaitCapacity() {
        while queue.sweepCount >= DiskQueue.sweepsMax { awaitCommit() }
    }

    /// Blocks until all that was changed before is on the disk, or there is none.
    func awaitCommit() {
        let done = DispatchSemaphore(value: 0)
        queue.afterCommit { done.signal() }
        done.wait()
    }

    // MARK: The writer's thread

    /// Opens the file, and starts the threads.
    ///
    /// - Parameter register: makes a namespace of the file known; nil for one that has no disk now.
    /// - Throws: `StorageError.locked` where another process uses the file.
    func open(_ register: @escaping @Sendable (Namespace) -> NamespaceNumber?) throws -> [BackgroundThread] {
        let thread = try BackgroundThread("cache-disk") { [self] in run(register) }
        opened.wait()
        if let failure = state.withLock({ $0.openingFailure }) { throw failure }
        return [thread] + (problem == nil ? try readers.startThreads() : [])
    }

    /// Writes what is queued, and ends the threads.
    func close() {
        isOpen.store(false, ordering: .releasing)
        wake.wake()
    }

    private func run(_ register: (Namespace) -> NamespaceNumber?) {
        var lock: FileLock?
        var isOpened = false
        do {
            lock = try FileLock(path: configuration.path + ".lock")
            let file = try DiskFile(configuration, log)
            let sweeps = try restore(file, register)
            let table = try DiskTable(
                file.connection, names, form, bytesMax: configuration.bytesMax, damagedRows: metrics.damagedRows)
            bytes.store(try table.usedBytes(), ordering: .relaxed)
            isOpened = true
            opened.signal()
            try write(table, DiskWriter(queue, table, sweeps: sweeps))
            queue.fail()
            try DiskState.close(file.connection)
            if queue.hasLostChanges { giveUp("it was changed after its end", isDamaged: false) }
        } catch StorageError.locked(let text) where lock == nil {
            state.withLock { $0.openingFailure = .locked(text) }
            opened.signal()
        } catch {
            giveUp("\(error)", isDamaged: Self.isDamage(error))
            if !isOpened { opened.signal() }
        }
        readers.close()
        // A file that was never opened is somebody's else, or of a newer program.
        if isOpened, !state.withLock({ $0.isUsed }) { removeFile() }
        queue.end()
        withExtendedLifetime(lock) {}
    }

    private func restore(_ file: DiskFile, _ register: (Namespace) -> NamespaceNumber?) throws -> [DiskSweep] {
        for (id, name) in file.state.namespaces {
            if let number = register(name) {
                names.add(number, id: id)
            } else {
                try DiskState.remove(id, file.connection)
            }
        }
        let sweeps = file.state.sweeps.compactMap { sweep in
            names.number(sweep.namespace).flatMap {
                DiskSweep(
                    sequence: sweep.sequence, namespace: $0, form: sweep.form, now: form.clock.time(sweep.time))
            }
        }
        queue.restore(nextSequence: file.state.nextSequence, sweeps: sweeps)
        state.withLock { $0.positions = file.state.positions }
        return sweeps
    }

    private func write(_ table: DiskTable, _ initial: DiskWriter<DiskTable>) throws {
        var writer = initial
        var isDelayed = false
        var deadline: MonotonicTime?
        while state.withLock({ $0.isUsed }) {
            wake.drain()
            let demand = queue.demand
            if !isOpen.load(ordering: .acquiring) {
                if demand.isEmpty { return }
                let end = deadline ?? MonotonicTime.now() + Self.closeTime
                guard MonotonicTime.now() < end else { throw StorageError.busy("it could not follow before the end") }
                deadline = end
            } else if demand.isEmpty, !writer.isSweeping {
                wake.waitForWake(atMost: .seconds(1))
                continue
            } else if !demand.isUrgent, !writer.isSweeping, !isDelayed {
                isDelayed = true
                wake.waitForWake(atMost: Self.delay)
                continue
            }
            isDelayed = false
            _ = try writer.write()
            bytes.store(try table.usedBytes(), ordering: .relaxed)
        }
        throw StorageError.inputOutput(problem ?? "")
    }

    // MARK: Giving up

    /// Whether SQLite itself says so.
    private static func isDamage(_ error: any Error) -> Bool {
        if case StorageError.corrupt = error { true } else { false }
    }

    /// From now on there is no disk. The writer's thread removes the file, so that nobody finds old entries there.
    private func giveUp(_ reason: String, isDamaged: Bool) {
        let isFirst = state.withLock { state in
            state.isDamaged = state.isDamaged || isDamaged
            guard state.isUsed else { return false }
            (state.isUsed, state.problem) = (false, reason)
            return true
        }
        queue.fail()
        wake.wake()
        if isFirst {
            log.error("the cache goes on without its disk", ["path": configuration.path, "error": reason])
        }
    }

    private func removeFile() {
        do {
            if state.withLock({ $0.isDamaged }) {
                try DatabaseFile.setAside(configuration.path)
            } else {
                try DatabaseFile.remove(configuration.path)
            }
        } catch {
            log.error(
                "the cache's file cannot be removed: remove it before the next start, since it has old entries",
                ["path": configuration.path, "error": "\(error)"])
        }
    }
}
