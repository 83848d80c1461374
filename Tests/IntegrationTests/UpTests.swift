import Foundation
import HTTP
import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// `cachesync up` on its embedded broker, and the commands that speak to it.
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
            process = try BuiltCommand.startProcess(
                ["up", "--config", directory.file("cachesync.yaml")], output: directory.file("up.log"))
            try eventually("the gateway is ready", within: .seconds(60)) { [gateway, process] in
                guard process.isRunning else { throw KillWorldError(description: "up ended") }
                return (try? HTTPFetch.perform(HTTPClientRequest(method: "GET", url: gateway + "/health/ready")))?
                    .status == 200
            }
        }

        /// Of the embedded broker.
        func broker() throws -> String {
            let log = try String(contentsOfFile: directory.file("up.log"), encoding: .utf8)
            let words = log.split(whereSeparator: \.isWhitespace)
            let index = try #require(words.firstIndex(of: "broker"))
            return String(words[index + 2].dropLast())
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
    func whatAnotherSystemsEventSaysIsPurged() throws {
        let up = try Running(
            settings: """
                bridges:
                  - {topic: shop.products, format: json, namespace: shop, tags: ["product-{id}"], start: earliest}
                """)
        let kafka = KafkaConfiguration(brokers: [try up.broker()])
        let producer = try KafkaProducer(kafka)
        try producer.warmUp(topics: ["shop.products"], timeout: .seconds(30))
        try producer.send(topic: "shop.products", key: nil, value: Array(#"{"id":42}"#.utf8), token: 1)
        #expect(producer.flush(timeout: .seconds(30)) == 0)
        try eventually("the product is purged", within: .seconds(60)) { up.recorder.count == 1 }
        #expect(up.recorder.order == ["shop": ["product-42"]])
        try eventually("its status is completed", within: .seconds(60)) {
            try up.run("status", "--namespace", "shop", "--json").output.contains("completed")
        }
        up.process.signal(SIGTERM)
        #expect(try up.process.waitForExit() == 0)
    }

    @Test(.timeLimit(.minutes(2)))
    func aCancellationIsARequestThatPurgesNothing() throws {
        let up = try Running()
        // Made a moment ago, it may be on its way into Kafka at another gateway.
        let cancelled = RequestID(at: .now()).text
        let published = try up.run("publish", "--namespace", "shop", "--cancel", cancelled, "--wait")
        #expect(published.exitCode == 0 && published.output.contains("1 of 1 edges"), "\(published.output)")
        #expect(up.recorder.count == 0)
        let unknown = "01900000-0000-7000-8000-000000000000"
        let refused = try up.run("publish", "--namespace", "shop", "--cancel", unknown)
        #expect(refused.exitCode != 0 && refused.output.contains("there is nothing to cancel"), "\(refused.output)")
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
        #expect(
            unserved.exitCode == 65 && unserved.output.contains("No edge of this gateway serves"), "\(unserved.output)")
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
    func doctorFindsNothingWrongWithWorkerSettings(_ worker: String) throws {
        let directory = try TemporaryDirectory("doctor")
        try directory.write("cachesync.yaml", "worker: \(worker)\n")
        let result = try BuiltCommand.run(["doctor", "--config", directory.file("cachesync.yaml")])
        #expect(!result.output.contains("FAIL  worker"), "\(result.output)")
        #expect(result.output.contains("worker.retryDelays"))
    }

    @Test(.timeLimit(.minutes(2)))
    func everyRoleTellsItsHealthAndMetricsAtTheAdminAddress() throws {
        let port = try freePort()
        let up = try Running(settings: "admin: {listen: \"127.0.0.1:\(port)\"}")
        func get(_ path: String) throws -> (status: Int, text: String) {
            let answer = try HTTPFetch.perform(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)", responseBytesMax: 1 << 20))
            return (answer.status, String(decoding: answer.body, as: UTF8.self))
        }
        #expect(try get("/health/live").status == 200)
        try eventually("all parts are ready") { try get("/health/ready").status == 200 }
        let checks = try get("/health/ready").text
        for part in ["kafka", "projector", "worker", "gateway"] {
            #expect(checks.contains("\"\(part)\":{\"ok\":true}"), "\(checks)")
        }
        #expect(try up.run("publish", "--namespace", "shop", "--tag", "a", "--wait").exitCode == 0)
        let metrics = try get("/metrics").text
        for line in [
            #"cachesync_edge_purges_total{edge="recorder",outcome="acknowledged"} 1"#,
            #"cachesync_edge_purges_total{edge="recorder",outcome="failed"} 0"#,
            #"cachesync_edge_breaker_state{edge="recorder"} 0"#,
            #"cachesync_edge_breaker_openings_total{edge="recorder"} 0"#,
            #"cachesync_edge_breaker_opened_timestamp_seconds{edge="recorder"} 0"#,
            #"cachesync_edge_waiting{edge="recorder"} 0"#,
            #"cachesync_edge_purge_duration_seconds_count{edge="recorder"} 1"#,
            #"cachesync_request_duration_seconds_count{priority="normal"} 1"#,
            #"cachesync_worker_dead_letters_total{class="exhausted"} 0"#,
        ] {
            #expect(metrics.contains(line + "\n"), "\(line) is not in\n\(metrics)")
        }
        for name in [
            "cachesync_projector_caught_up_timestamp_seconds", "cachesync_consumer_lag_records",
            #"cachesync_edge_sent_total{edge="recorder",unit="requests"}"#,
            "cachesync_build_info{version=",
        ] {
            #expect(metrics.contains(name), "\(name)")
        }
        up.process.signal(SIGTERM)
        #expect(try up.process.waitForExit() == 0)
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["worker", "projector"])
    func aRoleWithoutKafkaSaysSoWhileItWaits(_ role: String) throws {
        let directory = try TemporaryDirectory("unready")
        let port = try freePort()
        try directory.write(
            "cachesync.yaml",
            """
            kafka: {brokers: ["127.0.0.1:1"]}
            view: {path: "\(directory.file("view.db"))"}
            admin: {listen: "127.0.0.1:\(port)"}
            edges:
              - {name: a, adapter: http, address: "http://127.0.0.1:9"}

            """)
        let process = try BuiltCommand.startProcess(
            [role, "--config", directory.file("cachesync.yaml")], output: directory.file("log"))
        defer { process.kill() }
        func get(_ path: String) throws -> HTTPClientResponse {
            try HTTPFetch.perform(HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)"))
        }
        try eventually("it lives", within: .seconds(60)) { (try? get("/health/live"))?.status == 200 }
        let elapsed = try ContinuousClock().measure {
            let answer = try get("/health/ready")
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(answer.status == 503 && text.contains("Kafka has not answered yet"), "\(text)")
            #expect(text.contains("\"\(role)\":{\"ok\":false"), "\(text)")
        }
        #expect(elapsed < .seconds(5))
    }

    @Test(.timeLimit(.minutes(2)))
    func recordsThatAreNoRequestsHaveFailedAndSayWhy() throws {
        let up = try Running()
        let producer = try KafkaProducer(KafkaConfiguration(brokers: [up.broker()]))
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(20))
        let id = RequestID(at: .now())
        let value = #"{"id":"\#(id)","namespace":"shop","tags":[1],"requestedAt":"2026-01-01T00:00:00.000Z"}"#
        try producer.send(topic: TopicName.normal, key: Array("shop".utf8), value: Array(value.utf8), token: 1)
        #expect(producer.flush(timeout: .seconds(20)) { _ in } == 0)
        try eventually("it has failed") {
            let status = try up.run("status", id.text)
            return status.exitCode == 1 && status.output.contains("failed") && status.output.contains("tags")
        }
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
