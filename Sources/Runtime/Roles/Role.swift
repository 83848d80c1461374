/// A long-lived part of the process with a thread of its own.
public protocol Role: AnyObject, Sendable {
    /// Short, such as `worker-1`; the thread is named so.
    var name: String { get }

    /// Neighbours of the same word are drained together: each would otherwise take the work of the one before it.
    var drainsWith: String { get }

    /// Works until `stop` says otherwise, then returns.
    ///
    /// - Parameter ready: to be called once, when the role does its work; the next role starts then.
    /// - Throws: when it can't go on. All other roles are drained then, and the process ends with this error.
    func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws
}

extension Role {
    public var drainsWith: String { name }
}

/// A role broke its contract with the runner.
public enum RoleError: ExitCodeError, CustomStringConvertible, Equatable {
    case endedUnasked(role: String)
    case notReady(role: String, after: Duration)
    case noThread(role: String, reason: String)

    public var exitCode: ExitCode {
        switch self {
        case .endedUnasked: .software
        case .notReady: .temporary
        case .noThread: .unavailable
        }
    }

    public var description: String {
        switch self {
        case .endedUnasked(let role): "\(role) ended although nobody asked it to"
        case .notReady(let role, let duration): "\(role) was not ready after \(duration)"
        case .noThread(let role, let reason): "no thread could be started for \(role): \(reason)"
        }
    }
}
