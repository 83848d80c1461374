import Foundation
import HTTP
import TestSupport
import Testing

/// `cachesync up` on its embedded broker, and the commands that speak to it, as a user runs them.
@Suite(.serialized)
struct UpTests {
    private final class Running {
        let directory: TemporaryDirectory
        let recorder: PurgeRecorder
        let process: ChildProcess
        let gateway: String

        /// - Parameter edges: lines of the configuration behind the recording edge.
        init(edges: String = "", settings: String = "") throws {
            directory = try TemporaryDirectory("up")
            recorder = try PurgeRecorder()
            let port = try freePort()
            gateway = "http://127.0.0.1:\(port)"
            try directory.write(
                "cachesync.yaml",
                """
                gateway: {listen: "127.0.0.1:\(port)"}
                \(settings)
                edges:
                  - {name: recorder, adapter: http, address: "\(recorder.address)", namespaces: [shop, blog]}
                \(edges)
                """)
            process = try BuiltCommand.start(
                ["up", "--config", directory.file("cachesync.yaml")], output: directory.file("up.log"))
            try eventually("the gateway is ready") { [gateway, process] in
                guard process.isRunning else { throw KillWorldError(description: "up ended") }
                return (try? HTTPFetch.perform(HTTPClientRequest(method: "GET", url: gateway + "/health/ready")))?
                    .status == 200
            }
        }

        func run(_ arguments: String...) throws -> (exitCode: Int32, output: String) {
            try BuiltCommand.run(arguments + ["--gateway", gateway])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func aRequestGoesTheWholeWayAndEveryCommandSaysSo() throws {
        let up = try Running()
        let published = try up.run("publish", "--namespace", "shop", "--tag", "product-42", "--wait")
        #expect(published.exitCode == 0, "\(published.output)")
        #expect(published.output.contains("completed"))
        #expect(up.recorder.order == ["shop": ["product-42"]])

        let id = try #require(published.output.split(whereSeparator: \.isWhitespace).first { $0.count == 36 })
        let status = try up.run("status", String(id), "--json")
        #expect(status.exitCode == 0 && status.output.contains("\"status\":\"completed\""), "\(status.output)")
        #expect(try up.run("status", "--namespace", "shop").output.contains(id))

        up.process.signal(SIGTERM)
        #expect(try up.process.waitForExit() == 0)
    }

    @Test(.timeLimit(.minutes(2)))
    func aCancellationIsARequestThatPurgesNothing() throws {
        let up = try Running()
        let cancelled = "01900000-0000-7000-8000-000000000000"
        let published = try up.run("publish", "--namespace", "shop", "--cancel", cancelled, "--wait")
        #expect(published.exitCode == 0 && published.output.contains("1 of 1 edges"), "\(published.output)")
        #expect(up.recorder.count == 0)
        #expect(try up.run("publish", "--cancel", cancelled, "--tag", "a").exitCode == 64)
        let mistaken = try up.run("publish", "--cancel", "yesterday's")
        #expect(mistaken.exitCode == 64 && mistaken.output.contains("no request id"), "\(mistaken.output)")
    }

    @Test(.timeLimit(.minutes(2)))
    func exitCodesSayWhatHappened() throws {
        let up = try Running()
        #expect(try up.run("publish").exitCode == 64)
        #expect(try up.run("publish", "--tag", "a b").exitCode == 65)
        // Unknown, as soon as the view has once seen the end of its topic; until then it could not know.
        try eventually("an id that nobody handed out is not found") {
            try up.run("status", "01900000-0000-7000-8000-000000000000").exitCode == 66
        }
        // Nobody serves that namespace.
        let unserved = try up.run("publish", "--namespace", "unserved", "--tag", "a", "--wait")
        #expect(unserved.exitCode == 1 && unserved.output.contains("no edge serves"), "\(unserved.output)")
        #expect(try BuiltCommand.run(["publish", "--tag", "a", "--gateway", "http://127.0.0.1:9"]).exitCode == 69)
        #expect(try BuiltCommand.run(["wrong"]).exitCode == 64)
        #expect(try BuiltCommand.run(["up", "--config", "/nonexistent.yaml"]).exitCode == 78)
    }

    @Test(.timeLimit(.minutes(2)))
    func anEdgeThatIsDownEndsInADeadLetterAndTheOthersArePurged() throws {
        let up = try Running(
            edges: "  - {name: down, adapter: http, address: \"http://127.0.0.1:9\", limits: {requests: none}}\n",
            settings: "worker: {retryDelays: none}")
        let published = try up.run("publish", "--namespace", "shop", "--tag", "a", "--wait")
        #expect(published.exitCode == 1)
        #expect(published.output.contains("1 of 2 edges") && published.output.contains("dead"), "\(published.output)")
        #expect(up.recorder.count == 1)
        let checked = try BuiltCommand.run(["edges", "check", "--config", up.directory.file("cachesync.yaml")])
        #expect(checked.exitCode == 1)
        #expect(checked.output.contains("ok    recorder") && checked.output.contains("FAIL  down"), "\(checked.output)")
    }

    @Test(arguments: [
        ("worker: {retryDelays: [10s, 1m, 10m, 1h, 2h]}", "1 to 4 durations"),
        ("worker: {retryDelays: [1m, 10s]}", "none shorter than the one before"),
        ("worker: {retryDelays: [soon]}", "such as 250ms"), ("worker: {retryDelays: [none, 1m]}", "such as 250ms"),
        ("worker: {retryDelays: [2d]}", "between 10ms and 1d"), ("worker: {maximumAge: 8d}", "between 1s and 7d"),
        ("worker: {strictNamespaces: [\"a*b\"]}", "shop-*"), ("worker: {laneBytes: 1}", "from 1024"),
        ("worker: {laneRequests: 0}", "1 to 1000000"), ("worker: {clockSkew: 1h}", "between 0s and 10m"),
        ("accounts: [{name: cdn}]", "has no limit"),
    ])
    func doctorExplainsSettingsThatAWorkerCannotTake(_ setting: String, _ words: String) throws {
        let directory = try TemporaryDirectory("doctor")
        try directory.write("cachesync.yaml", setting + "\n")
        let result = try BuiltCommand.run(["doctor", "--config", directory.file("cachesync.yaml")])
        #expect(result.exitCode == 1)
        #expect(
            result.output.contains("FAIL  worker: ") && result.output.contains(words)
                && result.output.contains("cachesync.yaml:1"), "\(result.output)")
    }

    @Test(arguments: [
        "{}", "{retryDelays: none}", "{retryDelays: [1s, 1s]}", "{retryDelays: \"20s, 40s\", maximumAge: 1d}",
        "{strictNamespaces: [config, \"shop-*\"], laneRequests: 10, laneBytes: 64kB, parked: 1, clockSkew: 0}",
        "{blockedOffsets: 100, blockedTime: 5s, attempts: 1}",
    ])
    func doctorFindsNothingWrongWithWhatAWorkerTakes(_ worker: String) throws {
        let directory = try TemporaryDirectory("doctor")
        try directory.write("cachesync.yaml", "worker: \(worker)\n")
        let result = try BuiltCommand.run(["doctor", "--config", directory.file("cachesync.yaml")])
        #expect(!result.output.contains("FAIL  worker"), "\(result.output)")
        #expect(result.output.contains("worker.retryDelays"))
    }

    @Test func doctorSaysWhereEachSettingComesFrom() throws {
        let directory = try TemporaryDirectory("doctor")
        try directory.write(
            "cachesync.yaml", "worker: {attempts: 5}\ngateway: {token: {env: SECRET_OF_THE_TEST}}\n")
        let result = try BuiltCommand.run(
            ["doctor", "--config", directory.file("cachesync.yaml")],
            environment: ["CACHESYNC_WORKER_GROUP": "other", "SECRET_OF_THE_TEST": "hunter2"])
        #expect(result.output.contains("cachesync.yaml:1"))
        #expect(result.output.contains("environment CACHESYNC_WORKER_GROUP"))
        #expect(!result.output.contains("hunter2"))
        #expect(result.exitCode == 1, "no edges are configured, and doctor says so")
    }
}
