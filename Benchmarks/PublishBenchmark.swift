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
    /// For wrk: each request names a tag of its own.
    static let script = """
        local number = 0
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        request = function()
          number = number + 1
          return wrk.format(nil, nil, nil,
            '{"namespace":"shop-' .. number % 100 .. '","tags":["product-' .. number .. '"]}')
        end

        """

    func run() throws {
        let world = try ProcessWorld("bench-publish", heap: "-Xmx1g -Xms1g")
        try world.configure(edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"])
        try world.applyTopics()
        try world.directory.write("post.lua", Self.script)
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
        let result = try Wrk.measure(
            "http://\(listen)/invalidate", connections: Self.connections, seconds: Self.seconds,
            script: world.directory.file("post.lua"))
        if result.refused > 0 { throw BenchmarkError("\(result.refused) answers of \(name) were refusals") }
        print("\(name): \(Int(result.requestsPerSecond)) requests/s, median \(result.median) ms, p99 \(result.p99) ms")
        return result.requestsPerSecond
    }
}
