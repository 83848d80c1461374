import TestSupport

/// What wrk measured of one address.
struct WrkResult {
    let requestsPerSecond: Double
    /// In milliseconds.
    let median: Double
    let p99: Double
    /// Answers outside of 2xx and 3xx.
    let refused: Int
}

/// The yardstick: wrk on one thread.
enum Wrk {
    static func requestsPerSecond(_ url: String) throws -> Double {
        try measure(url).requestsPerSecond
    }

    /// - Parameter script: file of a Lua script that makes the requests.
    static func measure(
        _ url: String, connections: Int = 64, seconds: Int = 5, script: String? = nil
    ) throws -> WrkResult {
        let options = ["-t1", "-c\(connections)", "-d\(seconds)s", "--latency"] + (script.map { ["-s", $0] } ?? [])
        let result = try runCommand(["wrk"] + options + [url])
        let lines = result.output.split(separator: "\n")
        func value(_ prefix: String) -> String? {
            lines.first { $0.drop { $0 == " " }.hasPrefix(prefix) }?.split(separator: " ").last.map(String.init)
        }
        guard result.exitCode == 0, let rate = value("Requests/sec:").flatMap(Double.init),
            let median = value("50%").flatMap(milliseconds), let p99 = value("99%").flatMap(milliseconds)
        else { throw BenchmarkError("wrk: \(result.output)") }
        return WrkResult(
            requestsPerSecond: rate, median: median, p99: p99, refused: value("Non-2xx").flatMap { Int($0) } ?? 0)
    }

    /// - Parameter text: such as `431.00us`, `1.20ms` or `2.01s`.
    private static func milliseconds(_ text: String) -> Double? {
        for (unit, factor) in [("us", 0.001), ("ms", 1), ("s", 1_000)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }
}
