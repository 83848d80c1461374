import Runtime
import TestSupport
import Testing

// Tests of command-line arguments.

private let program = Command(
    "cachesync", summary: "Make every edge cache forget what is stale",
    options: [
        CommandOption("config", short: "c", value: "FILE", help: "Configuration file"),
        CommandOption("json", help: "Write JSON"),
        CommandOption.version,
    ],
    commands: [
        Command(
            "publish", summary: "Publish one invalidation",
            details: "Publishes one invalidation and says under which id its way can be followed; with --wait it "
                + "stays until every edge has answered.",
            options: [
                CommandOption("tag", short: "t", value: "TAG", isRepeated: true, help: "Tag to purge"),
                CommandOption("priority", value: "NAME", choices: ["high", "normal", "low"], help: "How urgent it is"),
                CommandOption(
                    ConfigurationKey(
                        "kafka.brokers", environment: "CACHESYNC_KAFKA_BROKERS", flag: "brokers", default: "a:1",
                        help: "Addresses of the brokers"), value: "HOST:PORT,...")!,
                CommandOption("wait", help: "Stay until it has ended"),
            ],
            positionals: [CommandPositional("URL", isOptional: true, isRepeated: true, help: "URLs to purge")]),
        Command(
            "status", summary: "Show a request", positionals: [CommandPositional("ID", help: "id of the request")]),
        Command(
            "topics", summary: "Look after the topics",
            commands: [Command("apply", summary: "Create what is missing"), Command("check", summary: "Compare")]),
        Command(
            "shell", summary: "Choose",
            positionals: [CommandPositional("SHELL", choices: ["bash", "zsh"], help: "It")]),
        Command.help,
    ])

struct ArgumentsTests {
    private func parse(_ words: [String]) throws -> Arguments {
        switch try Arguments.parse(words, for: program, width: 80) {
        case .run(let arguments): return arguments
        case .help(let text):
            throw UsageError("help instead of a result: \(text)", command: "test")
        case .version: throw UsageError("the version instead of a result", command: "test")
        }
    }

    private func help(_ words: [String], width: Int = 80) throws -> String {
        guard case .help(let text) = try Arguments.parse(words, for: program, width: width) else { return "" }
        return text
    }

    @Test func readsOptionsInEveryForm() throws {
        let words = [
            "-c", "a.yaml", "publish", "--tag=a", "-tb", "-t=c", "--tag", "d", "--json", "--wait=false", "u1", "u2",
        ]
        let arguments = try parse(words)
        #expect(arguments.path == ["publish"])
        #expect(arguments.value("config") == "a.yaml")
        #expect(arguments.values("tag") == ["a", "b", "c", "d"])
        #expect(arguments.has("json") && !arguments.has("wait") && !arguments.has("absent"))
        #expect(arguments.positionals("URL") == ["u1", "u2"])
        #expect(arguments.flags == ["config": "a.yaml", "tag": "a,b,c,d", "json": "true", "wait": "false"])
    }

    @Test func afterTwoDashesAllIsPositional() throws {
        let arguments = try parse(["publish", "--wait", "--", "--tag", "-", "--help"])
        #expect(arguments.positionals("URL") == ["--tag", "-", "--help"])
        #expect(try parse(["publish", "-", "--brokers", "-1"]).value("brokers") == "-1")
        #expect(try parse(["publish", "--tag="]).values("tag") == [""])
        #expect(try parse(["topics", "apply"]).path == ["topics", "apply"])
        #expect(try parse(["publish"]).positional("URL") == nil)
    }

    @Test(arguments: [
        ([], "which command? One of publish, status, topics, shell, help", "cachesync"),
        (["publsh"], "there is no command \"publsh\"; did you mean publish?", "cachesync"),
        (["topics", "aply"], "there is no command \"aply\"; did you mean apply?", "cachesync topics"),
        (["topics"], "which command? One of apply, check", "cachesync topics"),
        (
            ["publish", "--brokrs", "a"], "there is no option \"--brokrs\"; did you mean --brokers?",
            "cachesync publish"
        ),
        (["--tag", "a", "publish"], "there is no option \"--tag\"", "cachesync"),
        (["publish", "-x"], "there is no option \"-x\"", "cachesync publish"),
        (["publish", "-wait"], "there is no option \"-wait\"; did you mean --wait?", "cachesync publish"),
        (["publish", "--tag"], "--tag needs a value: --tag TAG", "cachesync publish"),
        (["publish", "--brokers", "--wait"], "--brokers needs a value: --brokers HOST:PORT,...", "cachesync publish"),
        (["publish", "--wait=maybe"], "--wait takes no value, or true or false, not \"maybe\"", "cachesync publish"),
        (["publish", "--brokers=a", "--brokers=b"], "--brokers is given twice", "cachesync publish"),
        (
            ["publish", "--priority", "hgh"],
            "--priority is one of high, normal, low, not \"hgh\"; did you mean high?", "cachesync publish"
        ),
        (["status"], "ID is missing: id of the request", "cachesync status"),
        (["status", "a", "b\u{1B}[31m"], "\"b\\u{001B}[31m\" is one argument too many", "cachesync status"),
        (["--", "status"], "\"status\" is unexpected here", "cachesync"),
        (["shell"], "SHELL is missing: bash, zsh", "cachesync shell"),
        (["shell", "bsh"], "SHELL is one of bash, zsh, not \"bsh\"; did you mean bash?", "cachesync shell"),
        (["help", "topics", "aply"], "there is no command \"aply\"; did you mean apply?", "cachesync topics"),
        (["help", "publish", "x"], "there is no command \"x\"", "cachesync publish"),
    ])
    func saysWhatIsWrong(_ words: [String], _ problem: String, _ command: String) {
        #expect(throws: UsageError(problem, command: command)) { try parse(words) }
        #expect(UsageError(problem, command: command).exitCode.rawValue == 64)
        #expect(UsageError(problem, command: command).description == "\(problem)\n`\(command) --help` says more.")
    }

    @Test func helpOfTheProgram() throws {
        let text = try help(["--help"])
        #expect(
            text.hasPrefix(
                """
                Usage: cachesync COMMAND [OPTIONS]

                Make every edge cache forget what is stale.

                Commands:
                  publish  Publish one invalidation
                  status   Show a request
                  topics   Look after the topics
                  shell    Choose
                  help     Show the help of a command, or this list

                Options:
                  -c, --config FILE  Configuration file
                      --json         Write JSON
                  -V, --version      Show the version
                  -h, --help         Show this help

                Exit codes:
                  0   done as asked
                  1   ran, but did not reach what was asked
                  64  the command line is wrong
                """))
        #expect(text.hasSuffix("`cachesync COMMAND --help` says more about each.\n"))
    }

    @Test func helpOfACommand() throws {
        #expect(
            try help(["publish", "x", "-h"]) == """
                Usage: cachesync publish [OPTIONS] [URL...]

                Publish one invalidation.

                Publishes one invalidation and says under which id its way can be followed; with
                --wait it stays until every edge has answered.

                Arguments:
                  URL  URLs to purge

                Options:
                  -c, --config FILE            Configuration file
                      --json                   Write JSON
                  -V, --version                Show the version
                  -t, --tag TAG                Tag to purge (may be repeated)
                      --priority NAME          How urgent it is: high, normal, low
                      --brokers HOST:PORT,...  Addresses of the brokers (environment
                                               CACHESYNC_KAFKA_BROKERS; default a:1)
                      --wait                   Stay until it has ended
                  -h, --help                   Show this help

                """)
    }

    @Test(arguments: [[], ["publish"], ["topics"], ["topics", "apply"], ["help"]])
    func helpIsACommandToo(_ path: [String]) throws {
        #expect(try help(["help"] + path) == help(path + ["--help"]))
        #expect(try help(["--json", "help"] + path) == help(path + ["--help"]))
    }

    @Test(arguments: [["--version"], ["-V"], ["publish", "--version"], ["--json", "-V", "nonsense"]])
    func theVersionIsAskedFor(_ words: [String]) throws {
        guard case .version = try Arguments.parse(words, for: program, width: 80) else {
            Issue.record("no version for \(words)")
            return
        }
        #expect(ProgramVersion.text.wholeMatch(of: #/[0-9]+\.[0-9]+\.[0-9]+/#) != nil)
    }

    @Test(arguments: [[], ["publish"], ["status"], ["topics"], ["topics", "apply"]])
    func helpFitsItsWidth(_ path: [String]) throws {
        for width in [80, 100] {
            for line in try help(path + ["--help"], width: width).split(separator: "\n") {
                #expect(line.count <= width)
            }
        }
    }

    @Test func aCommandWithCommandsBelowMayStandAlone() throws {
        let program = Command(
            "cachesync", summary: "Program",
            commands: [
                Command(
                    "cache", summary: "Run or ask", options: [CommandOption("at", value: "HOST", help: "Where")],
                    commands: [
                        Command("get", summary: "Ask", positionals: [CommandPositional("KEY", help: "The key")])
                    ],
                    optionsAlone: [CommandOption("brokers", value: "HOST", help: "Brokers")]),
                Command.help,
            ])
        func run(_ words: String...) throws -> Arguments? {
            guard case .run(let arguments) = try Arguments.parse(words, for: program, width: 80) else { return nil }
            return arguments
        }
        let alone = try #require(try run("cache", "--brokers", "b", "--at", "a"))
        #expect(alone.path == ["cache"] && alone.value("brokers") == "b" && alone.value("at") == "a")
        let below = try #require(try run("cache", "--at", "a", "get", "k"))
        #expect(below.path == ["cache", "get"] && below.positional("KEY") == "k" && below.value("at") == "a")
        #expect(throws: UsageError("there is no option \"--brokers\"", command: "cachesync cache get")) {
            try run("cache", "get", "k", "--brokers", "b")
        }
        let problem = "--brokers is for cachesync cache alone, without get"
        #expect(throws: UsageError(problem, command: "cachesync cache")) {
            try run("cache", "--brokers", "b", "get", "k")
        }
        #expect(throws: UsageError("there is no command \"gett\"; did you mean get?", command: "cachesync cache")) {
            try run("cache", "gett")
        }
        #expect(throws: UsageError("\"x\" is unexpected here", command: "cachesync cache")) {
            try run("cache", "--", "x")
        }
        guard case .help(let text) = try Arguments.parse(["help", "cache"], for: program, width: 80) else {
            Issue.record("no help")
            return
        }
        #expect(text.hasPrefix("Usage: cachesync cache [COMMAND] [OPTIONS]\n"), "\(text)")
        #expect(text.contains("--brokers HOST") && text.contains("  get  Ask"))
        let script = CompletionScript.text(for: program, .bash)
        #expect(script.contains("/cache) options='--at --brokers --help' words='get'"), "\(script)")
        #expect(script.contains("/cache/get) options='--at --help'"), "\(script)")
    }

    /// Whatever the words: a result, a help text or a `UsageError`, never a crash.
    @Test func survivesRandomWords() {
        var random = SeededGenerator.printed("random arguments")
        let pieces = [
            "-", "--", "=", "tag", "t", "publish", "status", "topics", "apply", "help", "é", "\u{0}", " ", "\n", "🧊",
            "h",
        ]
        for _ in 0..<3_000 {
            let words = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
            }
            do {
                _ = try Arguments.parse(words, for: program, width: 80)
            } catch {
                #expect(!error.problem.isEmpty)
            }
        }
    }

    @Test func exitCodesAreDistinctAndExplained() {
        #expect(Set(ExitCode.allCases.map(\.meaning)).count == ExitCode.allCases.count)
        #expect(ExitCode.configuration.rawValue == 78 && ExitCode.unavailable.rawValue == 69)
    }
}
