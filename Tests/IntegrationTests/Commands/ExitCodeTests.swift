import Foundation
import HTTP
import TestSupport
import Testing

/// Exit codes of commands that fail, as `cachesync help` lists them.
@Suite(.timeLimit(.minutes(2)))
struct ExitCodeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let code: Int32
        /// Stands in what the command says.
        let words: String
        var environment: [String: String] = [:]

        var testDescription: String { "\(arguments.joined(separator: " ")) \(environment) ends with \(code)" }

        init(_ line: String, _ code: Int32, _ words: String, environment: [String: String] = [:]) {
            arguments = line.split(separator: " ").map(String.init)
            (self.code, self.words, self.environment) = (code, words, environment)
        }
    }

    private static let nowhere = "127.0.0.1:9"
    private static let noEdge = "no edge"

    static let cases: [Case] = [
        Case("--version", 0, "cachesync 0."), Case("-V", 0, "cachesync 0."), Case("help", 0, "Exit codes:"),
        Case("help topics apply", 0, "Usage: cachesync topics apply"), Case("publish --help", 0, "--in-flight"),
        Case("completion bash", 0, "complete -F _cachesync cachesync"),
        Case("completion fish", 0, "complete -c cachesync"),
        Case("completion zsh", 0, "#compdef cachesync"), Case("topics list", 0, "cachesync.dead"),
        Case("edges list", 0, "no edges are configured"), Case("edges list --json", 0, "[]"),
        Case("simulate --seed 7", 0, "is clean"),

        Case("", 64, "which command? One of up, gateway"), Case("wrong", 64, "there is no command"),
        Case("help wrong", 64, "there is no command"), Case("topics", 64, "list, apply, check"),
        Case("completion", 64, "SHELL is missing: bash, zsh, fish"), Case("completion csh", 64, "did you mean zsh"),
        Case("publish", 64, "nothing to invalidate"), Case("publish --tag", 64, "--tag needs a value: --tag TAG"),
        Case("publish --tga a", 64, "did you mean --tag?"), Case("publish -f - -t a", 64, "--tag"),
        Case("publish -t a --in-flight 2", 64, "--in-flight is for --file"),
        Case("publish -f x --in-flight 0", 64, "--in-flight: \"0\" is not a whole number from 1 to 256"),
        Case("publish -t a --timeout soon", 64, "--timeout"),
        Case("publish --cancel yesterday's", 64, "no request id"), Case("status x", 64, "no request id"),
        Case("status --limit 0", 64, "from 1 to 10000"), Case("status --limit many", 64, "from 1 to 10000"),
        Case("status 01900000-0000-7000-8000-000000000000 --limit 3", 64, "--limit is for the list"),
        Case("status --timeout 1s", 64, "--timeout is for --watch"),
        Case("status --watch --after x", 64, "without --after"), Case("simulate", 64, "--seed"),
        Case("simulate --seeds 9..1", 64, "no range"), Case("--log-level loud edges list", 64, "log.level"),
        Case("status --gateway ftp://x", 64, "http://127.0.0.1:8080"),

        Case("replay plan", 64, "--from -2h"), Case("replay run --from all", 64, "add --yes"),
        Case("replay run --from all --yes --rate fast", 64, "200/s"), Case("replay show a/b", 64, "which run?"),
        Case("replay plan --from 10:00", 64, "time zone"), Case("replay plan --from all --only most", 64, "--only"),
        Case("replay run --content-from all --yes", 64, "--content-from all is no time"),
        Case("dead redrive", 64, "add --yes"), Case("dead redrive --yes 1/x", 64, "PARTITION/OFFSET"),
        Case("dead discard --yes", 64, "--reason is missing"), Case("dead discard --reason old", 64, "add --yes"),
        Case("dead show 7", 64, "PARTITION/OFFSET"), Case("dead list --limit 0", 64, "from 1 to 100000"),
        Case("dead redrive --yes --expect -1", 64, "--expect"), Case("dead list --group age", 64, "--group"),

        Case("cache get", 64, "KEY is missing"), Case("cache gett k", 64, "did you mean get?"),
        Case("cache set k", 64, "the value is missing"), Case("cache set k 1 -f x", 64, "not both"),
        Case("cache set k 1 --ttl soon", 64, "--ttl"), Case("cache invalidate", 64, "nothing to invalidate"),
        Case("cache set k nonsense", 65, "--string stores text"), Case("cache set k -f /tmp", 65, "Is a directory"),
        Case("cache set k -f /nonexistent", 66, "/nonexistent: No such file"),
        Case("cache get k --node ftp://x", 64, "http://127.0.0.1:8090"),
        Case("cache get k --node \(nowhere)", 69, "no cache node at http://127.0.0.1:9"),
        Case("cache stats --cache \(nowhere)", 69, "no cache node at http://127.0.0.1:9"),
        Case("cache", 78, "kafka.brokers: is not set"),

        Case("publish -f /nonexistent", 66, "/nonexistent: No such file"),
        Case("publish -f /tmp", 65, "Is a directory"),

        Case("publish -t a --gateway \(nowhere)", 69, "no gateway at http://127.0.0.1:9"),
        Case("publish -f - --gateway http://\(nowhere)", 0, "0 requests"),
        Case("status --gateway http://\(nowhere)", 69, "no gateway at http://127.0.0.1:9"),
        Case("status --watch --gateway http://\(nowhere)/", 69, "no gateway at http://127.0.0.1:9:"),
        Case("dead list --gateway \(nowhere)", 69, "no gateway at http://127.0.0.1:9"),
        Case("dead show 0/1 --gateway \(nowhere)", 69, "no gateway at http://127.0.0.1:9"),
        Case("replay plan --from all --gateway \(nowhere)", 69, "no gateway at http://127.0.0.1:9"),
        Case("replay pause some --gateway \(nowhere)", 69, "no gateway at http://127.0.0.1:9"),
        Case("topics check --brokers \(nowhere)", 69, "is Kafka running"),

        Case("up", 78, noEdge), Case("worker --brokers \(nowhere)", 78, noEdge),
        Case("gateway --brokers \(nowhere)", 78, noEdge), Case("edges check", 78, noEdge),
        Case("edges check some", 78, noEdge), Case("worker", 78, "kafka.brokers: is not set"),
        Case("projector", 78, "kafka.brokers: is not set"), Case("topics check", 78, "--brokers HOST:PORT"),
        Case("topics apply", 78, "--brokers HOST:PORT"), Case("up --config /nonexistent.yaml", 78, "/nonexistent.yaml"),
        Case("up", 78, "/nonexistent.yaml", environment: ["CACHESYNC_CONFIG": "/nonexistent.yaml"]),
        Case("edges list", 78, "CACHESYNC_KAFKA_BROKERS?", environment: ["CACHESYNC_KAFKA_BROKER": "a:1"]),
        Case("edges list", 78, "CACHESYNC_WORKER_ATTEMPTS?", environment: ["CACHESYNC_WORKER_ATTEMPT": "1"]),
        Case("edges list", 0, "CACHESYNC_HAT: no setting", environment: ["CACHESYNC_HAT": "x"]),
        Case("edges list", 0, "no edges", environment: ["CACHESYNC_SERVICE_HOST": "10.0.0.1"]),
        Case("status", 78, "gateway.listen", environment: ["CACHESYNC_GATEWAY_LISTEN": "nowhere"]),
        Case(
            "topics check", 78, "kafka.security",
            environment: [
                "CACHESYNC_KAFKA_BROKERS": nowhere, "CACHESYNC_KAFKA_SECURITY": "none",
            ]),
        Case("doctor", 1, "FAIL  edges: no edge is configured"),
    ]

    @Test(arguments: cases)
    func everyCommandEndsAsItsHelpSays(_ one: Case) throws {
        let directory = try TemporaryDirectory("exit")
        let result = try runCommand(
            ["env", "-C", directory.path, BuiltCommand.path] + one.arguments, environment: one.environment)
        #expect(result.exitCode == one.code, "\(result.output)")
        #expect(result.output.contains(one.words), "\(result.output)")
        // Nobody should have to read about Swift.
        #expect(!result.output.contains("Fatal error") && !result.output.contains("Optional("))
    }

    @Test func whoHasNoEdgesIsToldWhatToWriteWhere() throws {
        let directory = try TemporaryDirectory("edges")
        for command in [["worker", "--brokers", "127.0.0.1:9"], ["gateway", "--brokers", "127.0.0.1:9"], ["up"]] {
            let bare = try runCommand(["env", "-C", directory.path, BuiltCommand.path] + command)
            #expect(bare.exitCode == 78 && bare.output.contains("there is no cachesync.yaml in this folder"))
            #expect(bare.output.contains("--config") && bare.output.contains("adapter: varnish"), "\(bare.output)")
            let path = try directory.write("empty.yaml", "log: {level: info}\n")
            let empty = try BuiltCommand.run(command + ["--config", path])
            #expect(empty.exitCode == 78 && empty.output.contains("\(path) configures no edge"), "\(empty.output)")
        }
    }

    @Test func theGatewaysRefusalsHaveTheirCodesAndSayWhatToDo() throws {
        let up = try RunningUp(gateway: "token: secret")
        let bare = try up.directory.write("bare.yaml", "log: {level: info}\n")
        func run(_ line: String, _ options: [String] = []) throws -> (exitCode: Int32, output: String) {
            try BuiltCommand.run(
                line.split(separator: " ").map(String.init) + ["--config", bare, "--gateway", up.gateway] + options)
        }
        for command in ["status", "publish -t a", "publish -f \(try up.directory.write("in", "{}\n"))"] {
            let stranger = try run(command)
            #expect(stranger.exitCode == 78 && stranger.output.contains("give --token"), "\(stranger.output)")
        }
        let token = ["--token", "secret"]
        #expect(try run("status", token).exitCode == 0)
        #expect(try run("publish -n shop -t a --wait", token).exitCode == 0)
        #expect(try run("publish --url nonsense", token).exitCode == 65)
        #expect(try run("status --namespace no/good", token).exitCode == 65)

        for command in ["dead list", "dead show 0/1", "replay list", "replay plan --from all", "replay pause some"] {
            #expect(try run(command).exitCode == 78, "\(command)")
            let publisher = try run(command, token)
            #expect(publisher.exitCode == 78 && publisher.output.contains("set gateway.operatorToken"), "\(command)")
        }

        // What listens there is there already, and is no reason to start half of everything.
        let second = try BuiltCommand.run(["up", "--config", up.file])
        #expect(second.exitCode == 69 && second.output.contains("--listen HOST:PORT"), "\(second.output)")
    }

    @Test func anotherProgramIsTakenForNoGateway() throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { request, answer in
            answer.respond(request.path == "/status" ? .text(200, "hello") : .text(404, "nothing"))
        }
        for command in [["status"], ["publish", "-t", "a"], ["status", "01900000-0000-7000-8000-000000000000"]] {
            let result = try BuiltCommand.run(command + ["--gateway", "http://127.0.0.1:\(server.port)"])
            #expect(result.exitCode == 69 && result.output.contains("is no gateway"), "\(result.output)")
        }
    }

    @Test func resultsThatCannotBeWrittenAreNoSuccess() throws {
        let result = try runCommand(["sh", "-c", "'\(BuiltCommand.path)' topics list > /dev/full"])
        #expect(result.exitCode == 1 && result.output.contains("No space left"), "\(result.output)")
    }

    @Test(arguments: [
        "edges:\n  - {name: a, adaptor: http}\n", "workers: {threads: 2}\n", "edges: 7\n", "a: [\n", "\t",
    ])
    func aFileThatIsNotAsItShouldBeIsNamedWithItsLine(_ text: String) throws {
        let directory = try TemporaryDirectory("yaml")
        let path = try directory.write("c.yaml", text)
        for command in [["up"], ["edges", "check"], ["edges", "list"]] {
            let result = try BuiltCommand.run(command + ["--config", path])
            #expect(result.exitCode == 78 && result.output.contains("c.yaml:"), "\(result.output)")
        }
    }
}
