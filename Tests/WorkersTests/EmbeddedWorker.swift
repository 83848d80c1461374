import Dispatch
import Foundation
import Runtime
import Testing
import Workers

/// A worker's role on a thread of its own.
final class EmbeddedWorker {
    private let stop = StopSignal()
    private let done = DispatchSemaphore(value: 0)

    init(_ configuration: WorkerConfiguration) {
        let worker = Worker(configuration, metrics: WorkerMetrics(MetricsRegistry()), log: .silent)
        let (stop, done, ready) = (stop, done, DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            do {
                try worker.run(stop) { ready.signal() }
            } catch {
                Issue.record("the worker ended: \(error)")
                ready.signal()
            }
            done.signal()
        }
        ready.wait()
    }

    /// What is open is left to the next one.
    func end() {
        stop.stopNow()
        done.wait()
    }
}
