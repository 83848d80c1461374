import TestSupport

/// The yardstick: wrk's requests a second.
enum Wrk {
    static func requestsPerSecond(_ url: String) throws -> Double {
        let result = try runCommand(["wrk", "-t1", "-c64", "-d5s", url])
        guard result.exitCode == 0,
            let line = result.output.split(separator: "\n").first(where: { $0.hasPrefix("Requests/sec:") }),
            let value = line.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchmarkError("wrk: \(result.output)") }
        return value
    }
}
