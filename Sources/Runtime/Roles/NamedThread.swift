import CThreads
import Glibc

/// Threads that debuggers and `top -H` show under a name.
public enum NamedThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new thread that nobody joins.
    ///
    /// - Parameter name: the system shows its first 15 bytes.
    /// - Throws: `SystemCallError` when the system gives no thread.
    public static func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        // Retained for the thread, which releases it as it begins.
        let context = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                cs_name_this_thread(String(decoding: body.name.utf8.prefix(15), as: UTF8.self))
                body.run()
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            throw SystemCallError("pthread_create", code: result)
        }
        pthread_detach(thread)
    }
}

extension NamedThread {
    /// Lets the calling thread, and those that it starts from now on, run behind all others of the machine.
    ///
    /// What the system refuses changes nothing but that. Elsewhere than on Linux a process has one priority: there it
    /// is left alone.
    public static func stepBehindOthers() {
        #if os(Linux)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #endif
    }
}

/// The system refused a call.
public struct SystemCallError: Error, CustomStringConvertible, Equatable {
    public let call: String
    public let code: Int32

    public init(_ call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}
