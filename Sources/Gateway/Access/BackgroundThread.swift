internal import Dispatch
internal import Runtime
internal import Synchronization

/// A named thread that is joined at the end, and tells its failure before.
package final class BackgroundThread: Sendable {
    private let ended = DispatchSemaphore(value: 0)
    private let error = Mutex<(any Error)?>(nil)

    /// - Throws: `SystemCallError` when the system gives no thread.
    package init(_ name: String, _ body: @escaping @Sendable () throws -> Void) throws {
        try NamedThread.startThread(name) { [self] in
            do { try body() } catch { self.error.withLock { $0 = error } }
            ended.signal()
        }
    }

    /// Why the body has ended early.
    package var failure: (any Error)? { error.withLock { $0 } }

    /// Blocks until the body has returned. To be called once.
    package func join() {
        ended.wait()
    }
}
