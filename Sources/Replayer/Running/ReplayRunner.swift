internal import Basics
internal import Invalidations
internal import Kafka
public import Runtime
internal import Synchronization

/// Runner of replays and redrives: follows the orders on the control topic.
///
/// Of several runners one is the owner of all runs: the member of the group that has the control topic's only
/// partition. When it dies, another one takes every run over where it stands.
public final class ReplayRunner: Role {
    public let name = "replayer"
    private let configuration: ReplayConfiguration
    private let log: Log
    private let trouble = Mutex<String?>("it has not begun")
    private let hasStarted = Atomic(false)

    public init(_ configuration: ReplayConfiguration, log: Log) {
        self.configuration = configuration
        self.log = log.with(["role": "replayer"])
    }

    /// Why runs do not go on; nil while all is well. For readiness; from any thread.
    public var problem: String? { trouble.withLock { $0 } }

    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        // Reading a long range takes all of a processor, and live traffic must not wait for it. The library's threads
        // come from this one.
        NamedThread.stepBehindOthers()
        let wake = try WakePipe()
        stop.onChange { _ in wake.wake() }
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(10))
        while stop.phase == .running {
            do {
                let session = try ReplaySession(configuration, wake: wake, log: log)
                defer { session.close() }
                trouble.withLock { $0 = nil }
                if !hasStarted.exchange(true, ordering: .relaxed) { ready() }
                try session.run(until: stop)
            } catch KafkaError.invalidConfiguration(let text) {
                throw KafkaError.invalidConfiguration(text)
            } catch {
                let pause = backoff.next()
                trouble.withLock { $0 = "\(error)" }
                log.warning("replays begin again", ["error": "\(error)", "after": "\(pause)"])
                stop.waitForPhase(.draining, timeout: pause)
            }
        }
        trouble.withLock { $0 = "the runner has stopped" }
    }
}
