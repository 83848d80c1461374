import Foundation
import Synchronization

/// Counts what is open, and lets a stopping server wait for its end.
final class OpenCount: Sendable {
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

    /// Waits until nothing is open, at most for `time`. False when something still is.
    @discardableResult
    func waitForNone(within time: Duration) -> Bool {
        let end = Date(timeIntervalSinceNow: time / .seconds(1))
        condition.lock()
        defer { condition.unlock() }
        while count.load(ordering: .acquiring) > 0, condition.wait(until: end) {}
        return count.load(ordering: .acquiring) == 0
    }
}
