internal import Basics

/// Work of a role from one connection to the next.
public protocol RoleSession {
    /// Works until the role is asked to stop.
    ///
    /// - Parameter report: gets what is wrong at this time; nil where all is well.
    /// - Throws: what ends the session.
    func run(until stop: StopSignal, report: (String?) -> Void) throws
    func close()
}

/// Runs a role's sessions, one after another, until the role is asked to stop.
///
/// A session that ends with a fault is followed by another one, after a pause that grows.
public struct SessionLoop: Sendable {
    private let name: String
    private let failures: Counter
    private let log: Log
    private let report: @Sendable (String?) -> Void

    /// - Parameters:
    ///   - name: of what begins again, in words for people, such as "the bridge".
    ///   - report: what is wrong at this time; nil where all is well.
    public init(_ name: String, failures: Counter, log: Log, report: @escaping @Sendable (String?) -> Void) {
        self.name = name
        self.failures = failures
        self.log = log
        self.report = report
    }

    /// - Parameters:
    ///   - ready: called once, when the first session has begun.
    ///   - isLasting: whether another session would end with that error as well.
    /// - Throws: errors that last.
    public func run(
        until stop: StopSignal, ready: () -> Void, isLasting: (any Error) -> Bool,
        begin: () throws -> some RoleSession
    ) throws {
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(10))
        var isReady = false
        while stop.phase == .running {
            do {
                let session = try begin()
                defer { session.close() }
                if !isReady { ready() }
                isReady = true
                try session.run(until: stop) { problem in
                    // Something was done, so the next fault is another one.
                    if problem == nil { backoff.reset() }
                    report(problem)
                }
            } catch  where !isLasting(error) {
                let pause = backoff.next()
                report("\(error)")
                failures.increment()
                log.warning("\(name) begins again", ["error": "\(error)", "after": "\(pause)"])
                stop.waitForPhase(.draining, timeout: pause)
            }
        }
        report("\(name) has stopped")
    }
}
