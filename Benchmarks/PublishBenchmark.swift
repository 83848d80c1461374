import Foundation
import HTTP
import TestSupport

/// `POST /invalidate` at a gateway on a real Kafka: requests a second, and how long a publisher waits.
///
/// `MEASURED_COMMAND` names the `cachesync` of another build: both gateways stand at the same broker then, and are
/// measured in turn, so that their ratio is worth more than either figure.
struct PublishBenchmark {
    private static let rounds = 6
    private static let seconds = 5
    private static let connections = 64

    func run() throws {
        let world = try ProcessWorld("bench-publish", heap: "-Xmx1g -Xms1g")
        try world.configure(edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"])
        try world.applyTopics()
        try world.directory.write(
            "post.lua",
            """
            local number = 0
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "application/json"
            request = function()
              number = number + 1
              return wrk.format(nil, nil, nil,
                '{"namespace":"shop-' .. number % 100 .. '","tags":["product-' .. number .. '"]}')
            end

            """)
        let commands = [("this build", BuiltCommand.ownPath), ("the other", BuiltCommand.path)]
            .prefix(BuiltCommand.ownPath == BuiltCommand.path ? 1 : 2)
        var gateways: [(name: String, address: String, process: ChildProcess)] = []
        for (number, command) in commands.enumerated() {
            let listen = "127.0.0.1:\(try freePort())"
            let process = try ChildProcess(
                [command.1, "gateway", "--listen", listen] + world.options,
                output: world.directory.file("gateway-\(number).log"))
            gateways.append((command.0, listen, process))
            try eventually("a request is accepted", within: .seconds(60)) { try isAccepted(at: listen) }
        }
        var rates = gateways.map { _ in [Double]() }
        for _ in 0..<Self.rounds {
            for (number, gateway) in gateways.enumerated() {
                rates[number].append(try measure(gateway.name, gateway.address, world))
            }
        }
        let medians = rates.map { $0.sorted()[Self.rounds / 2] }
        for (gateway, median) in zip(gateways, medians) {
            print(gateway.name.padded + String(format: " %8.0f requests/s", median))
            gateway.process.kill()
        }
        if medians.count == 2 { print(String(format: "this build / the other: %.2f", medians[0] / medians[1])) }
    }

    private func isAccepted(at listen: String) throws -> Bool {
        let request = HTTPClientRequest(
            method: "POST", url: "http://\(listen)/invalidate", headers: [("Content-Type", "application/json")],
            body: Array(#"{"namespace":"shop-1","tags":["a"]}"#.utf8), timeout: .seconds(5))
        return (try? HTTPFetch.perform(request))?.status == 202
    }

    private func measure(_ name: String, _ listen: String, _ world: ProcessWorld) throws -> Double {
        let result = try runCommand(
            [
                "wrk", "-t1", "-c\(Self.connections)", "-d\(Self.seconds)s", "--latency", "-s",
                world.directory.file("post.lua"), "http://\(listen)/invalidate",
            ])
        let lines = result.output.split(separator: "\n")
        func value(_ prefix: String) -> String? {
            lines.first { $0.trimmingCharacters(in: .whitespaces).hasPrefix(prefix) }?.split(separator: " ").last
                .map(String.init)
        }
        guard result.exitCode == 0, let rate = value("Requests/sec:").flatMap(Double.init) else {
            throw BenchmarkError("wrk: \(result.output)")
        }
        if let refused = value("Non-2xx") { throw BenchmarkError("\(refused) answers of \(name) were refusals") }
        print("\(name): \(Int(rate)) requests/s, median \(value("50%") ?? "?"), p99 \(value("99%") ?? "?")")
        return rate
    }
}
