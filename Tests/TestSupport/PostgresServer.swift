import Foundation
import Synchronization

/// A real PostgreSQL on a free port of 127.0.0.1, with a cluster of its own.
///
/// It ends at deinit, and with the test process. Everybody on this machine may log in without a password, but for the
/// role `guarded`, which a test may make.
public final class PostgresServer: Sendable {
    public let port: Int
    public let directory: TemporaryDirectory
    private let binaries: String
    private let process = Mutex<ChildProcess?>(nil)
    private let starts = Mutex(0)

    /// Why none can be started here; nil when it can.
    public static let missing: String? = {
        guard installed != nil else { return "PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/postgres" }
        return owner == nil ? "PostgreSQL does not run as root, and there is no user postgres" : nil
    }()

    public static var isAvailable: Bool { missing == nil }

    /// Makes a cluster and starts the server.
    public init() throws {
        guard let binaries = Self.installed else { throw PostgresFailure(description: Self.missing ?? "") }
        self.binaries = binaries
        directory = try TemporaryDirectory("postgres")
        port = try freePort()
        try FileManager.default.createDirectory(
            atPath: directory.file("data"), withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        try giveAway(directory.file("data"))
        let initdb = try ChildProcess(
            command(
                "initdb", "--pgdata", directory.file("data"), "--username", "postgres", "--auth", "trust",
                "--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions"),
            output: directory.file("initdb.log"))
        guard try initdb.waitForExit(within: .seconds(60)) == 0 else {
            throw PostgresFailure(
                description: try String(contentsOfFile: directory.file("initdb.log"), encoding: .utf8))
        }
        try directory.write(
            "hba.conf",
            """
            host all guarded 127.0.0.1/32 scram-sha-256
            host all all 127.0.0.1/32 trust
            """)
        try restart()
    }

    deinit { kill() }

    public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    /// What the server has said since it was started last.
    public var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }

    /// The URL of a database for its superuser.
    public func url(_ database: String = "postgres") -> String {
        "postgres://postgres@127.0.0.1:\(port)/\(database)"
    }

    /// Starts the server, which is not running, and waits until it is ready.
    public func restart() throws {
        starts.withLock { $0 += 1 }
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            try? FileManager.default.removeItem(atPath: logFile)
            let child = try ChildProcess(command(arguments()), output: logFile)
            process.withLock { $0 = child }
            try eventually("PostgreSQL is ready", within: .seconds(60)) {
                !child.isRunning || log.contains("ready to accept connections")
            }
            if child.isRunning { return }
            // What a killed server leaves behind has not ended yet, or somebody has the port.
            let isTransient = log.contains("still in use") || log.contains("Address already in use")
            guard isTransient, ContinuousClock.now < deadline else { throw PostgresFailure(description: log) }
        }
    }

    /// Ends the server in order: it breaks off what is asked of it, and writes everything to its disk.
    public func stop() throws {
        guard let child = process.withLock({ $0 }) else { return }
        child.signal(SIGINT)
        try child.waitForExit()
    }

    /// Ends the server at once, as kill -9 does.
    public func kill() {
        process.withLock { child in
            child?.kill()
            child = nil
        }
    }

    /// Makes an empty database.
    ///
    /// - Returns: its URL.
    public func createDatabase() throws -> String {
        let name = "test_\(UUID().uuidString.prefix(8).lowercased())"
        try run("CREATE DATABASE \(name)")
        return url(name)
    }

    /// Runs SQL as the superuser, each statement on its own.
    ///
    /// - Returns: what psql prints.
    @discardableResult
    public func run(_ sql: String, database: String = "postgres") throws -> String {
        let result = try runCommand([
            "\(binaries)/psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
            "--command", sql, url(database),
        ])
        guard result.exitCode == 0 else { throw PostgresFailure(description: "\(sql): \(result.output)") }
        return result.output
    }

    /// Makes a file or folder the server's own.
    public func giveAway(_ path: String) throws {
        guard let owner = Self.owner, owner.isOther else { return }
        guard chown(path, owner.user, owner.group) == 0 else { throw SystemError("chown") }
    }

    private var logFile: String { directory.file("server-\(starts.withLock { $0 }).log") }

    private func arguments() -> [String] {
        // Nothing outlives the test, so nothing waits for the disk.
        let settings = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=",
            "hba_file=\(directory.file("hba.conf"))", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
            "shared_buffers=32MB", "max_connections=40", "jit=off", "log_min_messages=warning",
        ]
        return ["postgres", "-D", directory.file("data")] + settings.flatMap { ["-c", $0] }
    }

    private func command(_ words: String...) -> [String] { command(words) }

    /// As the user that owns the cluster. The kernel forgets who should die with whom when the user changes.
    private func command(_ words: [String]) -> [String] {
        let command = ["\(binaries)/\(words[0])"] + words.dropFirst()
        guard let owner = Self.owner, owner.isOther else { return command }
        return [
            "setpriv", "--reuid", String(owner.user), "--regid", String(owner.group), "--clear-groups",
            "--pdeathsig", "KILL", "--",
        ] + command
    }

    private struct Owner {
        var user: uid_t
        var group: gid_t
        var isOther: Bool
    }

    /// The server refuses to run as root.
    private static let owner: Owner? = {
        guard getuid() == 0 else { return Owner(user: getuid(), group: getgid(), isOther: false) }
        guard let entry = getpwnam("postgres") else { return nil }
        return Owner(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid, isOther: true)
    }()

    /// The folder of the newest version's programs.
    private static let installed: String? = {
        let base = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []).compactMap { Int($0) }
        return versions.sorted().reversed().map { "\(base)/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: "\($0)/postgres") }
    }()
}

struct PostgresFailure: Error, CustomStringConvertible {
    let description: String
}

/// The PostgreSQL that the suites of one test process share, started when the first test asks for it.
///
/// Tests keep apart by databases of their own; who stops a server starts its own.
public enum PostgresCluster {
    /// The URL of an empty database.
    public static func createDatabase() throws -> String { try shared.get().createDatabase() }

    public static func server() throws -> PostgresServer { try shared.get() }

    private static let shared = Result { try PostgresServer().untilExit() }
}

extension PostgresServer {
    /// For a server held by a static, which has no deinit: it ends, and its directory goes, with the process.
    fileprivate func untilExit() -> PostgresServer {
        ProcessExit.add {
            self.kill()
            try? FileManager.default.removeItem(atPath: self.directory.path)
        }
        return self
    }
}
