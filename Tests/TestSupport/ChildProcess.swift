import Foundation
import Synchronization

/// A server process of a test. It is killed at deinit, and by the kernel when the test process dies.
public final class ChildProcess: Sendable {
    public let identifier: Int32
    private let status = Mutex<Int32?>(nil)

    /// Starts `arguments[0]`, found through PATH. Standard output and error go to the file `output`, if given,
    /// otherwise to /dev/null. Standard input is the file `input`, if given. No other descriptor is inherited, and
    /// no setting of ours either: what the caller's shell has set is not what a test is about.
    public init(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil, output: String? = nil
    ) throws {
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CACHESYNC_") }
        let merged = inherited.merging(environment) { $1 }
        identifier = try SpawnThread.shared.spawn(
            ["setpriv", "--pdeathsig", "KILL", "--"] + arguments,
            environment: merged.map { "\($0.key)=\($0.value)" }, input: input ?? "/dev/null",
            output: output ?? "/dev/null")
    }

    deinit { kill() }

    /// Nil while the process runs; afterwards its exit status, or 128 plus the signal that ended it.
    public var exitStatus: Int32? {
        status.withLock { known in
            if known == nil { known = Self.reap(identifier, WNOHANG) }
            return known
        }
    }

    public var isRunning: Bool { exitStatus == nil }

    /// Sends a signal unless the process has ended.
    public func signal(_ number: Int32) {
        status.withLock { known in
            if known == nil { _ = Glibc.kill(identifier, number) }
        }
    }

    /// Ends the process at once and waits for its end.
    public func kill() {
        status.withLock { known in
            guard known == nil else { return }
            _ = Glibc.kill(identifier, SIGKILL)
            known = Self.reap(identifier, 0)
        }
    }

    /// Waits for the process to end by itself.
    @discardableResult
    public func waitForExit(within deadline: Duration = .seconds(20)) throws -> Int32 {
        var result: Int32?
        try eventually("process \(identifier) ends", within: deadline) {
            result = exitStatus
            return result != nil
        }
        return result ?? -1
    }

    private static func reap(_ identifier: pid_t, _ options: Int32) -> Int32? {
        var raw: Int32 = 0
        var result: pid_t
        repeat { result = waitpid(identifier, &raw, options) } while result < 0 && errno == EINTR
        guard result == identifier else { return result == 0 ? nil : -1 }
        let signal = raw & 0x7f
        return signal == 0 ? (raw >> 8) & 0xff : 128 + signal
    }
}

/// The kernel ties a parent-death signal to the *thread* that forked. Pool threads come and go, so every
/// child is forked by this one thread, which lives as long as the process.
private final class SpawnThread: Sendable {
    static let shared = SpawnThread()

    private final class Order: Sendable {
        let arguments: [String]
        let environment: [String]
        let input: String
        let output: String
        let result = Mutex<Result<pid_t, SystemError>>(.failure(SystemError("posix_spawn", code: EAGAIN)))
        let done = DispatchSemaphore(value: 0)

        init(_ arguments: [String], _ environment: [String], _ input: String, _ output: String) {
            (self.arguments, self.environment) = (arguments, environment)
            (self.input, self.output) = (input, output)
        }
    }

    private let orders = Mutex<[Order]>([])
    private let waiting = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                waiting.wait()
                guard let order = orders.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { continue }
                let result = Self.fork(order)
                order.result.withLock { $0 = result }
                order.done.signal()
            }
        }
    }

    func spawn(_ arguments: [String], environment: [String], input: String, output: String) throws -> pid_t {
        let order = Order(arguments, environment, input, output)
        orders.withLock { $0.append(order) }
        waiting.signal()
        order.done.wait()
        return try order.result.withLock { try $0.get() }
    }

    /// A child that inherited a socket of another test would keep that connection open.
    private static func openDescriptors() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { $0 > 2 }
    }

    private static func fork(_ order: Order) -> Result<pid_t, SystemError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, order.input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, order.output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in openDescriptors() { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var arguments: [UnsafeMutablePointer<CChar>?] = order.arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = order.environment.map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }

        // The threads of a test process block signals, and a server that inherited that could not be stopped.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var identifier: pid_t = 0
        let code = posix_spawnp(&identifier, "setpriv", &actions, &attributes, &arguments, &environment)
        return code == 0 ? .success(identifier) : .failure(SystemError("posix_spawn", code: code))
    }
}
