import Glibc
import Synchronization

/// Where a runner's signals come from: the process, or code.
public final class SignalSource: Sendable {
    /// SIGTERM, SIGINT and SIGHUP of this process, from the time a runner begins until it ends.
    public static let process = SignalSource()

    /// Never closed for `process`: a handler may run on any thread until the very end.
    private let pipe = WakePipe.required()

    /// A source that only `send(_:)` feeds.
    public init() {}

    var readDescriptor: Int32 { pipe.readDescriptor }

    public func send(_ signal: Int32) {
        Self.put(signal, pipe.writeDescriptor)
    }

    /// The signals that have come since the last call.
    func takeSignals() -> [Int32] {
        var buffer = [UInt8](repeating: 0, count: 64)
        var signals: [Int32] = []
        while true {
            let count = read(readDescriptor, &buffer, buffer.count)
            if count > 0 { signals += buffer[..<count].map(Int32.init) }
            if count < buffer.count && !(count < 0 && errno == EINTR) { return signals }
        }
    }

    /// Writes the signal's number as one byte. Also from a signal handler: nothing but `write`.
    fileprivate static func put(_ signal: Int32, _ descriptor: Int32) {
        var byte = UInt8(truncatingIfNeeded: signal)
        while write(descriptor, &byte, 1) < 0 && errno == EINTR {}
    }
}

/// The process's signal handlers.
public enum ProcessSignals {
    /// Where the handlers write; -1 while there are none. Initialised by `install`, before a handler can load it.
    private static let descriptor = Atomic<Int32>(-1)
    private static let handled = [SIGTERM, SIGINT, SIGHUP]

    /// - Returns: what was installed before, for `restore(_:)`.
    static func install(writingTo target: Int32) -> [sigaction] {
        let (isFree, _) = descriptor.compareExchange(expected: -1, desired: target, ordering: .sequentiallyConsistent)
        precondition(isFree, "two runners can't both handle the process's signals")
        ignoreBrokenPipes()
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            let saved = errno
            SignalSource.put(signal, ProcessSignals.descriptor.load(ordering: .relaxed))
            errno = saved
        }
        // Other threads' calls go on as if nothing had happened.
        action.sa_flags = SA_RESTART
        sigemptyset(&action.sa_mask)
        unblock()
        return handled.map { signal in
            var previous = sigaction()
            sigaction(signal, &action, &previous)
            return previous
        }
    }

    /// A process inherits what its parent's thread blocked, and some parents block everything; a signal that no
    /// thread takes would never come.
    private static func unblock() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in handled { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    static func restore(_ previous: [sigaction]) {
        for (signal, var action) in zip(handled, previous) { sigaction(signal, &action, nil) }
        descriptor.store(-1, ordering: .sequentiallyConsistent)
    }

    /// A peer that hangs up is an error of the write, not the end of the process. A runner does this too; a command
    /// without one calls it first.
    public static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }
}

extension SignalSource {
    /// Only the process's own source touches signal handlers.
    func begin() -> [sigaction]? {
        guard self === Self.process else { return nil }
        // What came too late for an earlier run is not meant for this one.
        _ = takeSignals()
        return ProcessSignals.install(writingTo: pipe.writeDescriptor)
    }

    func end(_ previous: [sigaction]?) {
        if let previous { ProcessSignals.restore(previous) }
    }
}

extension WakePipe {
    /// For the few that a process can't begin without.
    static func required() -> WakePipe {
        do {
            return try WakePipe()
        } catch {
            preconditionFailure("no pipe for the life cycle: \(error)")
        }
    }
}
