import Foundation
import Synchronization

/// Ends what a static holds, which has no deinit, when the test process ends.
enum ProcessExit {
    private static let actions = Mutex<[@Sendable () -> Void]>([])
    private static let registration: Void = {
        atexit {
            for action in ProcessExit.actions.withLock({ $0 }) { action() }
        }
    }()

    static func add(_ action: @escaping @Sendable () -> Void) {
        _ = registration
        actions.withLock { $0.append(action) }
    }
}
