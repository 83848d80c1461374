import Dispatch
public import Runtime
import Synchronization

/// A role on a thread of its own. It runs until its owner ends it, or lets go of it.
public final class RoleThread: Sendable {
    /// What the thread holds: not the whole, which would then have no end.
    private final class Course: Sendable {
        struct State {
            var readyCount = 0
            var outcome: Result<Void, any Error>?
        }

        let state = Mutex(State())
        /// The role is ready, or has returned before.
        let ready = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
    }

    public let stop = StopSignal()
    private let role: any Role
    private let name: String
    private let course = Course()
    private let mayEnd = Mutex(false)

    public init(_ role: any Role, name: String) {
        self.role = role
        self.name = name
    }

    /// - Returns: the thread of a role that has been started.
    public static func running(_ role: any Role) throws -> RoleThread {
        let thread = RoleThread(role, name: role.name)
        try thread.startRole()
        return thread
    }

    deinit { stop.stopNow() }

    public func startRole() throws {
        try NamedThread.startThread(name) { [role, stop, course] in
            let outcome = Result {
                try role.run(stop) {
                    course.state.withLock { $0.readyCount += 1 }
                    course.ready.signal()
                }
            }
            course.state.withLock { $0.outcome = outcome }
            course.ready.signal()
            course.ended.signal()
        }
        mayEnd.withLock { $0 = true }
    }

    /// Whether the role has said that it is ready, and has said so once.
    public var isReady: Bool { course.state.withLock { $0.readyCount == 1 } }

    public var hasReturned: Bool { course.state.withLock { $0.outcome != nil } }

    /// What the role has thrown.
    public var failure: (any Error)? {
        course.state.withLock {
            if case .failure(let error) = $0.outcome { error } else { nil }
        }
    }

    /// - Returns: false where it was not ready in a minute.
    /// - Throws: what the role has thrown.
    public func waitUntilReady() throws -> Bool {
        guard course.ready.wait(timeout: .now() + 60) == .success else { return false }
        if let failure { throw failure }
        return true
    }

    /// - Throws: what the role has thrown, and where it does not return in time.
    public func waitForReturn(within deadline: Duration = .seconds(20)) throws {
        try eventually("the role returns", within: deadline) { hasReturned }
        if let failure { throw failure }
    }

    /// Asks it to finish its work, and waits for its end.
    ///
    /// - Throws: what the role has thrown, and where it does not return in time.
    public func drain(within deadline: Duration = .seconds(20)) throws {
        stop.drain()
        try waitForReturn(within: deadline)
    }

    /// Ends it at once, and waits for its end.
    public func end() {
        stop.stopNow()
        // A role that was not started has none, and one end is waited for once.
        let isOpen = mayEnd.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if isOpen { course.ended.wait() }
    }
}
