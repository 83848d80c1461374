import Foundation
import TestSupport

/// A real Redis, and webdis before it, which speaks HTTP.
final class WebdisServer {
    private let directory: TemporaryDirectory
    private let redis: ChildProcess
    private let webdis: ChildProcess
    private let redisPort: Int
    private let port: Int

    var url: String { "http://127.0.0.1:\(port)" }

    /// - Returns: nil where one of the programs is missing.
    init?() throws {
        guard try ["redis-server", "redis-cli", "webdis"].allSatisfy({ try runCommand(["which", $0]).exitCode == 0 })
        else { return nil }
        directory = try TemporaryDirectory("webdis")
        (redisPort, port) = (try freePort(), try freePort())
        redis = try ChildProcess(
            ["redis-server", "--port", "\(redisPort)", "--save", "", "--appendonly", "no"],
            output: directory.file("redis.log"))
        let configuration = """
            {"redis_host": "127.0.0.1", "redis_port": \(redisPort), "http_host": "127.0.0.1", "http_port": \(port),
             "threads": 2, "pool_size": 20, "daemonize": false, "websockets": false, "database": 0,
             "logfile": "\(directory.file("webdis.log"))", "verbosity": 1}
            """
        webdis = try ChildProcess(
            ["webdis", try directory.write("webdis.json", configuration)], output: directory.file("webdis.out"))
        try eventually("Redis and webdis answer", within: .seconds(20)) { [url, redisPort] in
            try runCommand(["redis-cli", "-p", "\(redisPort)", "ping"]).output.contains("PONG")
                && (try? Wrk.measure(url + "/PING", connections: 1, seconds: 1)) != nil
        }
    }

    /// Gives every key the value.
    func fill(_ keys: Int, _ value: String) throws {
        let script = "for i = 0, ARGV[1] - 1 do redis.call('SET', 'k' .. i, ARGV[2]) end return 'OK'"
        let result = try runCommand(["redis-cli", "-p", "\(redisPort)", "EVAL", script, "0", "\(keys)", value])
        guard result.output.contains("OK") else { throw BenchmarkError("Redis: \(result.output)") }
    }
}
