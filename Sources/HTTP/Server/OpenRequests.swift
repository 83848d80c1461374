import Foundation
import Synchronization

/// Counts the requests that the handler has seen and the library has not done with.
final class OpenRequests: Sendable {
    private let count = Atomic(0)
    private let condition = NSCondition()

    func begin() {
        count.add(1, ordering: .relaxed)
    }

    func end() {
        guard count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        condition.lock()
        condition.broadcast()
        condition.unlock()
    }

    /// Waits until there are none, at most for `time`.
    func waitForNone(within time: Duration) {
        let end = Date(timeIntervalSinceNow: time / .seconds(1))
        condition.lock()
        defer { condition.unlock() }
        while count.load(ordering: .acquiring) > 0, condition.wait(until: end) {}
    }
}
