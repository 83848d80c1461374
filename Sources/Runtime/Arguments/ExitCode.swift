/// What a command's exit code says; the numbers are those of `sysexits.h`.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// Done as asked.
    case ok = 0
    /// Ran, but did not reach what was asked: an invalidation failed, a check found a fault, a role broke.
    case failure = 1
    /// The command line is wrong; nothing was done.
    case usage = 64
    /// Something it was given to read is not what it should be.
    case dataError = 65
    /// What was asked for does not exist.
    case notFound = 66
    /// What is needed (the brokers, the gateway, the view, an address to listen at) can't be had.
    case unavailable = 69
    /// A fault inside Cache Sync.
    case software = 70
    /// Not done in time; the same command may succeed later.
    case temporary = 75
    /// The configuration is wrong or incomplete.
    case configuration = 78

    /// One line for the help text.
    public var meaning: String {
        switch self {
        case .ok: "done as asked"
        case .failure: "ran, but did not reach what was asked"
        case .usage: "the command line is wrong"
        case .dataError: "the input is not what it should be"
        case .notFound: "what was asked for does not exist"
        case .unavailable: "what is needed can't be had: brokers, gateway, view, address"
        case .software: "a fault inside Cache Sync"
        case .temporary: "not done in time; may succeed later"
        case .configuration: "the configuration is wrong or incomplete"
        }
    }
}

/// An error that knows which exit code it means.
public protocol ExitCodeError: Error {
    var exitCode: ExitCode { get }
}
