import Foundation
import Synchronization

/// A thread that checks the connections twice a second, until it is told to end.
final class ConnectionSweeper: Sendable {
    private let core: ServerCore
    private let condition = NSCondition()
    private let hasEnded = Atomic(false)
    private static let period = 0.5  // seconds

    init(_ core: ServerCore) {
        self.core = core
    }

    func startThread() {
        let thread = Thread { [self] in run() }
        thread.name = "http-sweeper"
        thread.start()
    }

    func end() {
        condition.lock()
        hasEnded.store(true, ordering: .relaxed)
        condition.signal()
        condition.unlock()
    }

    private func run() {
        condition.lock()
        defer { condition.unlock() }
        while !hasEnded.load(ordering: .relaxed) {
            if !condition.wait(until: Date(timeIntervalSinceNow: Self.period)) { core.sweep() }
        }
    }
}
