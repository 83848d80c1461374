internal import Kafka
internal import Runtime
internal import Synchronization

/// The thread of the acknowledgements: woken by the producers, it settles what Kafka has said, and gives up what
/// Kafka says nothing about.
final class DeliveryLoop: Sendable {
    /// Of each producer, before timers have their turn.
    private static let deliveriesMax = 1_024
    /// How late a request may be given up.
    private static let sweepInterval = Duration.milliseconds(100)

    private struct State {
        var waker: Waker?
        var isOpen = true
    }

    private let publisher: any DeliveryHandler
    private let pipe: WakePipe
    private let log: Log
    private let replaced: Counter
    private let state = Mutex(State())

    /// - Parameters:
    ///   - pipe: where the producers of `publisher` report.
    ///   - replaced: counts producers that were replaced.
    init(_ publisher: any DeliveryHandler, pipe: WakePipe, log: Log, replaced: Counter) {
        self.publisher = publisher
        self.pipe = pipe
        self.log = log
        self.replaced = replaced
    }

    /// Serves until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`
    func run() throws {
        let loop = try EventLoop()
        let watch = try loop.watch(pipe.readDescriptor, .read) { [unowned self] _ in
            // First the pipe, then the deliveries: what comes in between wakes again.
            pipe.drain()
            if settle() { pipe.wake() }
        }
        var sweep: LoopTimer?
        sweep = try loop.timer { [unowned self] in
            // A wake of the client library that was lost would cost no more than this interval.
            if settle() { pipe.wake() }
            publisher.giveUpOverdue(now: .now())
            replaceBroken()
            sweep?.schedule(after: Self.sweepInterval)
        }
        defer { sweep = nil }
        let waker = try loop.makeWaker { [unowned self, unowned loop] in
            if !state.withLock({ $0.isOpen }) { loop.stop() }
        }
        state.withLock { $0.waker = waker }
        defer { state.withLock { $0.waker = nil } }
        waker.wake()
        sweep?.schedule(after: Self.sweepInterval)
        withExtendedLifetime(watch) { loop.run() }
    }

    /// Lets `run` return.
    func close() {
        state.withLock { state in
            state.isOpen = false
            return state.waker
        }?.wake()
    }

    /// - Returns: whether there may be more.
    private func settle() -> Bool {
        publisher.settle(max: Self.deliveriesMax) { notice in
            switch notice {
            case .error(let error): log.warning("trouble with Kafka", ["error": error])
            case .fatal(let error): log.error("a Kafka producer has failed", ["error": error])
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .statistics: break
            }
        }
    }

    private func replaceBroken() {
        do {
            guard let fault = try publisher.invalidations.replaceIfBroken() else { return }
            replaced.increment()
            log.warning("a Kafka producer was replaced", ["error": fault])
        } catch {
            log.error("a broken Kafka producer could not be replaced", ["error": "\(error)"])
        }
    }
}
