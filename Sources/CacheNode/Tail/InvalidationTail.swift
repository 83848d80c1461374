internal import Basics
internal import Caches
internal import Gateway
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Synchronization

/// The tail of the log: applies what is invalidated anywhere to this node's store, on a thread of its own.
final class InvalidationTail: Sendable {
    private static let recordsMax = 2_000
    /// Requests may become due meanwhile.
    private static let idleMax = Duration.milliseconds(100)

    private let configuration: CacheConfiguration
    private let service: CacheService
    private let log: Log
    private let wake: WakePipe
    private let isOpen = Atomic(true)

    init(_ configuration: CacheConfiguration, _ service: CacheService, log: Log) throws {
        self.configuration = configuration
        self.service = service
        self.log = log
        wake = try WakePipe()
    }

    /// Works until `close()`, on the calling thread.
    func run() {
        let reader = TailReader(
            configuration.kafka, topics: configuration.topics, streamed: configuration.server.topics.progress,
            wake: wake, log: log)
        if let disk = service.disk {
            reader.resume(at: disk.positions?.byPartition ?? [:], of: disk.positions?.cluster)
        }
        let applier = InvalidationApplier(service, scheduledMax: configuration.scheduledMax)
        var refusals = ThrottledLog(log)
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(5))
        defer { reader.close() }
        while isOpen.load(ordering: .acquiring) {
            // First the pipe, then the records: what comes in between wakes again.
            wake.drain()
            do {
                if !reader.isConnected { try connect(reader) }
                let isEmpty = try read(reader, applier)
                backoff.reset()
                if isEmpty { wake.waitForWake(atMost: Self.idleMax) }
            } catch {
                refusals.warning("the log cannot be read, and the cache tries again", ["error": "\(error)"])
                service.sync.failed("the log cannot be read: \(error)")
                reader.close()
                wake.waitForWake(atMost: backoff.next())
            }
        }
    }

    func close() {
        isOpen.store(false, ordering: .releasing)
        wake.wake()
    }

    private func connect(_ reader: TailReader) throws {
        service.sync.restart()
        let isWhole = try reader.connect()
        service.gate.update(reader.layout)
        guard !isWhole else { return }
        log.warning("the log no longer has what comes next, so the cache forgets everything", [:])
        service.forgetEverything()
    }

    /// - Returns: false when more may be waiting.
    private func read(_ reader: TailReader, _ applier: InvalidationApplier) throws -> Bool {
        applier.applyDue(.now())
        var isEmpty = true
        if applier.hasCapacity {
            let now = Timestamp.now()
            isEmpty = try reader.read(max: Self.recordsMax) { record in
                service.gate.beginApplying()
                applier.apply(record, now)
            }
        }
        // Before anything is stored that has heard of less.
        service.disk?.queue.applied(
            DiskPositions(reader.positions, cluster: reader.cluster, heldAt: applier.heldOffsets))
        if !service.sync.applied(reader.positions) {
            log.info("the topics have other partitions than before", [:])
            reader.close()
            return false
        }
        service.gate.applied(reader.positions)
        return isEmpty
    }
}
