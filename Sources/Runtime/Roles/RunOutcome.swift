/// How a run of roles ended.
public struct RunOutcome: Sendable {
    /// What a role threw.
    public struct Failure: Sendable, CustomStringConvertible {
        public let role: String
        public let error: any Error

        public var description: String { "\(role): \(error)" }
    }

    /// In the order in which they happened; the first is why the run ended.
    public internal(set) var failures: [Failure] = []
    /// Roles that had to be stopped before they had drained.
    public internal(set) var interrupted: [String] = []
    /// Roles that did not end in time; their threads still run, so the process should exit now.
    public internal(set) var unstopped: [String] = []

    public var isClean: Bool { failures.isEmpty && interrupted.isEmpty && unstopped.isEmpty }

    /// The first failure's own code where it has one.
    public var exitCode: ExitCode {
        if let first = failures.first { return (first.error as? any ExitCodeError)?.exitCode ?? .failure }
        return isClean ? .ok : .failure
    }
}
