import Dispatch
public import Runtime
import Synchronization

/// A role that runs on a thread of its own until its owner ends it.
///
/// The thread holds this alone, and not the fixture that owns it. So the fixture goes with its test, and ends the role.
public final class RoleThread: Sendable {
    public let stop = StopSignal()
    private let ready = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)
    /// Also before it has begun: then there is no end to wait for.
    private let isOver = Mutex(true)

    private let role: any Role
    private let name: String

    public init(_ role: any Role, name: String) {
        self.role = role
        self.name = name
    }

    public func startRole() throws {
        try NamedThread.startThread(name) { [self] in
            do {
                try role.run(stop) { self.ready.signal() }
            } catch {
                failure.withLock { $0 = error }
                ready.signal()
            }
            ended.signal()
        }
        isOver.withLock { $0 = false }
    }

    /// Whether the role has ended with an error.
    public var hasFailed: Bool { failure.withLock { $0 != nil } }

    /// - Returns: false where it was not ready in a minute.
    /// - Throws: what the role has thrown.
    public func waitUntilReady() throws -> Bool {
        guard ready.wait(timeout: .now() + 60) == .success else { return false }
        try throwFailure()
        return true
    }

    /// Asks it to finish its work, and waits for its end.
    ///
    /// - Throws: what the role has thrown.
    public func drain() throws {
        stop.drain()
        waitForEnd()
        try throwFailure()
    }

    /// Ends it at once.
    public func end() {
        stop.stopNow()
        waitForEnd()
    }

    private func waitForEnd() {
        guard !isOver.withLock({ $0 }) else { return }
        ended.wait()
        isOver.withLock { $0 = true }
    }

    private func throwFailure() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
