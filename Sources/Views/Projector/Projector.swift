internal import Basics
internal import Invalidations
internal import Kafka
public import Runtime
internal import Storage
internal import Synchronization

/// Keeps a status view: folds its topics into it, from where the view stands, until it is told to stop.
///
/// One projector writes to a view; a lock beside the file keeps a second one out, and the offsets in the view
/// fence one that has lost the file without noticing.
public final class Projector: Role {
    public let name = "projector"
    private let configuration: ProjectorConfiguration
    private let log: Log
    private let metrics: ProjectorMetrics
    private let health: ProjectorHealth
    private let hasStarted = Atomic(false)

    public init(_ configuration: ProjectorConfiguration, log: Log, metrics: MetricsRegistry) {
        self.configuration = configuration
        self.log = log.with(["role": "projector", "view": configuration.path])
        self.metrics = ProjectorMetrics(metrics)
        health = ProjectorHealth(lagMax: configuration.lagMax)
    }

    /// Why the view is not kept up to date at this time; nil while it is. For readiness; from any thread.
    public var problem: String? { health.problem(now: .now()) }

    /// - Throws: `ViewError`, `StorageError` and `KafkaError` where trying again can't help.
    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        let lock = try FileLock(path: configuration.path + ".lock")
        defer { withExtendedLifetime(lock) { health.report("the projector has stopped") } }
        let wake = try WakePipe()
        stop.onChange { _ in wake.wake() }
        do {
            if configuration.rebuilds { try rebuild(stop, wake, ready) }
            try fold(into: configuration.path, until: .stopped, stop, wake, ready)
        } catch StorageError.corrupt(let text) {
            throw ViewError.damaged(text)
        }
    }

    /// Readers keep the old view until the new one has all that the topics hold.
    private func rebuild(_ stop: StopSignal, _ wake: WakePipe, _ ready: @escaping @Sendable () -> Void) throws {
        let fresh = configuration.path + ".rebuild"
        log.info("rebuilding the view from the beginning of its topics")
        try DatabaseFile.remove(fresh)
        try fold(into: fresh, until: .caughtUp, stop, wake, ready)
        guard stop.phase == .running else {
            try DatabaseFile.remove(fresh)
            return
        }
        try DatabaseFile.replace(configuration.path, with: fresh)
        log.info("the view is rebuilt")
    }

    /// Runs sessions until one ends well.
    private func fold(
        into path: String, until goal: ProjectionSession.Goal, _ stop: StopSignal, _ wake: WakePipe,
        _ ready: @escaping @Sendable () -> Void
    ) throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
        while stop.phase == .running {
            let start = MonotonicTime.now()
            do {
                let session = try ProjectionSession(
                    configuration, path: path, stop: stop, wake: wake, log: log, metrics: metrics,
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
        case let error as StorageError: error.isPassing
        case KafkaError.invalidConfiguration: false
        case is KafkaError: true
        default: false
        }
    }
}
