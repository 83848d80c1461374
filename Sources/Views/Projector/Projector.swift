internal import Basics
internal import Invalidations
internal import Kafka
public import Runtime
internal import Storage
internal import Synchronization

/// Keeps a status view: folds its topics into it, from where the view stands, until it is told to stop.
///
/// One projector writes to a view. A lock beside a file keeps a second one out; at a schema of PostgreSQL it waits
/// until the first one is gone. The offsets in the view fence one that has lost the view without noticing.
public final class Projector: Role {
    public let name = "projector"
    private let configuration: ProjectorConfiguration
    private let log: Log
    private let metrics: ProjectorMetrics
    private let health: ProjectorHealth
    private let hasStarted = Atomic(false)

    public init(_ configuration: ProjectorConfiguration, log: Log, metrics: MetricsRegistry) {
        self.configuration = configuration
        self.log = log.with(["role": "projector", "view": "\(configuration.view)"])
        self.metrics = ProjectorMetrics(metrics)
        health = ProjectorHealth(lagMax: configuration.lagMax)
    }

    /// Why the view is not kept up to date at this time; nil while it is. For readiness; from any thread.
    public var problem: String? { health.problem(now: .now()) }

    /// - Throws: `ViewError`, `StorageError` and `KafkaError` where trying again can't help.
    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        var lock: FileLock?
        if case .file(let path) = configuration.view { lock = try FileLock(path: path + ".lock") }
        defer { withExtendedLifetime(lock) { health.report("the projector has stopped") } }
        let wake = try WakePipe()
        stop.onChange { _ in wake.wake() }
        do {
            if configuration.rebuilds { try rebuild(stop, wake, ready) }
            try fold(into: configuration.view, until: .stopped, stop, wake, ready)
        } catch StorageError.corrupt(let text) {
            throw ViewError.damaged(text)
        }
    }

    /// Readers keep the old view until the new one has all that the topics hold.
    private func rebuild(_ stop: StopSignal, _ wake: WakePipe, _ ready: @escaping @Sendable () -> Void) throws {
        let fresh = configuration.view.fresh
        log.info("rebuilding the view from the beginning of its topics")
        try fresh.remove()
        try fold(into: fresh, until: .caughtUp, stop, wake, ready)
        guard stop.phase == .running else { return try fresh.remove() }
        try replaceView(stop)
        log.info("the view is rebuilt")
    }

    /// Readers of a server may be in the way for a moment.
    private func replaceView(_ stop: StopSignal) throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
        while true {
            do {
                return try configuration.view.replaceByFresh()
            } catch StorageError.busy(let text) {
                guard case .postgres = configuration.view else { throw StorageError.busy(text) }
                let pause = backoff.next()
                log.warning("the view is not replaced yet", ["error": text, "after": "\(pause)"])
                guard !stop.waitForPhase(.draining, timeout: pause) else { return }
            }
        }
    }

    /// Runs sessions until one ends well.
    private func fold(
        into view: ViewLocation, until goal: ProjectionSession.Goal, _ stop: StopSignal, _ wake: WakePipe,
        _ ready: @escaping @Sendable () -> Void
    ) throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
        while stop.phase == .running {
            let start = MonotonicTime.now()
            do {
                let session = try ProjectionSession(
                    configuration, view: view, stop: stop, wake: wake, log: log, metrics: metrics,
                    health: health)
                if !hasStarted.exchange(true, ordering: .relaxed) { ready() }
                return try session.run(until: goal)
            } catch  where isWorthAnotherTry(error) {
                // A session that went well for a while is no part of a row of failures.
                if MonotonicTime.now() - start > .seconds(60) { backoff.reset() }
                let pause = backoff.next()
                metrics.failures.increment()
                health.report("\(error)")
                log.warning("the projector begins again", ["error": "\(error)", "after": "\(pause)"])
                stop.waitForPhase(.draining, timeout: pause)
            }
        }
    }

    private func isWorthAnotherTry(_ error: any Error) -> Bool {
        switch error {
        case let error as StorageError: error.isPassing || isServerAway(error)
        case KafkaError.invalidConfiguration: false
        case is KafkaError: true
        default: false
        }
    }

    /// A server that is not there yet comes, and another projector that writes to it goes.
    private func isServerAway(_ error: StorageError) -> Bool {
        guard case .postgres = configuration.view else { return false }
        switch error {
        case .cannotOpen, .locked, .readOnly: return true
        default: return false
        }
    }
}
