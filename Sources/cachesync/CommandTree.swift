import Runtime

/// All commands with their options, as the help shows them.
enum CommandTree {
    static let program = Command(
        "cachesync",
        summary: "Make every edge cache forget what went stale",
        details: """
            Settings come from flags, from the environment, from cachesync.yaml (or the file named by --config), and \
            from defaults, in that order; `cachesync doctor` shows what is in force and where it comes from.
            """,
        options: [
            CommandOption(
                "config", short: "c", value: "FILE",
                help: "The configuration (environment CACHESYNC_CONFIG; default cachesync.yaml, if it is there)"),
            CommandOption(
                "json",
                help: "Write JSON to standard output: one document, lists as arrays; "
                    + "what goes on, one document a line"),
            CommandOption.version,
        ] + flags("log.level", "log.format"),
        commands: [
            up, gateway, worker, projector, publish, status, topics, edges, doctor, simulate, completion, Command.help,
        ])

    private static let up = Command(
        "up", summary: "Run all roles in this process, with a broker of its own unless --brokers names one",
        details: """
            The embedded broker keeps everything in memory: what is unfinished when the process ends is gone. It is \
            for trying out and for tests.
            """,
        options: flags("kafka.brokers", "gateway.listen", "view.path", "admin.listen"))

    private static let gateway = Command(
        "gateway", summary: "Run the HTTP gateway: take requests in, answer for their status",
        options: flags("kafka.brokers", "gateway.listen", "view.path", "admin.listen"))

    private static let worker = Command(
        "worker", summary: "Run a worker: purge the edges; start more of them to share the work",
        options: flags("kafka.brokers", "worker.group", "worker.name", "admin.listen"))

    private static let projector = Command(
        "projector", summary: "Run the projector: fold progress into the view that status is read from",
        options: flags("kafka.brokers", "view.path", "admin.listen") + [
            CommandOption("rebuild", help: "Fold the view anew from the beginning of the topic, then go on")
        ])

    private static let publish = Command(
        "publish", summary: "Ask for an invalidation, through the gateway",
        details: """
            Ends with 0 once the request is accepted; with --wait, once every edge has acknowledged it. --cancel calls \
            off an earlier request of the same namespace and priority, at the edges where it still waits.

            --file publishes many: each line is a request as POST /invalidate takes it, such as {"namespace": "shop", \
            "tags": ["product-42"]}. Several are on their way at a time, so their order is kept with --in-flight 1 \
            alone. With --wait a request keeps its place until it has ended. Ends with 65 when lines were refused, \
            with 75 when some were not published or not ended in time.
            """,
        options: flags("gateway.url", "gateway.token") + [
            CommandOption("namespace", short: "n", value: "NAME", help: "Whose content (default `default`)"),
            CommandOption(
                "tag", short: "t", value: "TAG", isRepeated: true, help: "A tag (surrogate key) that went stale"),
            CommandOption("url", short: "u", value: "URL", isRepeated: true, help: "A URL that went stale"),
            CommandOption("prefix", value: "URL", isRepeated: true, help: "All URLs that begin so"),
            CommandOption("everything", help: "All of the namespace"),
            CommandOption("cancel", value: "ID", help: "Call off that request instead"),
            CommandOption("soft", help: "Mark stale instead of removing"),
            CommandOption(
                "priority", value: "CLASS", choices: ["high", "normal", "low"], help: "Which queue (default normal)"),
            CommandOption("key", value: "TEXT", help: "Idempotency key: the same key publishes once"),
            CommandOption(
                "file", short: "f", value: "FILE", help: "Publish each line of it; - for standard input"),
            CommandOption("in-flight", value: "N", help: "With --file: so many at a time, 256 at most (default 16)"),
            CommandOption("wait", short: "w", help: "Wait until every edge has ended"),
            CommandOption("timeout", value: "TIME", help: "Longest wait for each request (default 5m)"),
        ])

    private static let status = Command(
        "status", summary: "Show how far a request is, or the newest requests",
        options: flags("gateway.url", "gateway.token") + [
            CommandOption(
                "watch", short: "w",
                help: "Follow the request until every edge has ended; without ID, the list until it is interrupted"),
            CommandOption("timeout", value: "TIME", help: "Longest watch (default 5m with ID, none without)"),
            CommandOption("namespace", short: "n", value: "NAME", help: "Without ID: only of this namespace"),
            CommandOption(
                "state", value: "STATE", choices: ["queued", "processing", "completed", "failed"],
                help: "Without ID: only those"),
            CommandOption("limit", value: "N", help: "Without ID: so many, newest first, 10000 at most (default 20)"),
            CommandOption("after", value: "CURSOR", help: "Without ID: go on where an earlier list ended"),
        ],
        positionals: [CommandPositional("ID", isOptional: true, help: "The request's id, as `publish` printed it")])

    private static let topics = Command(
        "topics", summary: "List, create and check the topics",
        options: flags("kafka.brokers"),
        commands: [
            Command("list", summary: "Show the topics as they should be"),
            Command("apply", summary: "Create what is missing; nothing that exists is changed"),
            Command("check", summary: "Compare the cluster's topics with what they should be"),
        ])

    private static let edges = Command(
        "edges", summary: "List and check the configured edges",
        commands: [
            Command("list", summary: "Show the edges and what each can purge"),
            Command(
                "check", summary: "Purge something that does not exist on every edge, and explain what it answers",
                positionals: [
                    CommandPositional(
                        EdgesCommand.name, isOptional: true, isRepeated: true, help: "Only edges of these names")
                ]),
        ])

    private static let doctor = Command(
        "doctor", summary: "Explain the settings in force, and check brokers, workers, view, gateway and edges",
        options: flags("kafka.brokers", "view.path", "worker.group", "gateway.listen", "gateway.url"))

    private static let simulate = Command(
        "simulate", summary: "Run worker loops in a simulated world, where everything that can go wrong does",
        details: """
            A seed decides all that happens; the same seed gives the same run. Ends with 1 when something happened \
            that must never be.
            """,
        options: [
            CommandOption("seed", value: "N", help: "One run, with its trace"),
            CommandOption("seeds", value: "A..B", help: "All runs from A to B; only what is wrong is told"),
            CommandOption("threads", value: "N", help: "Runs at the same time (default: one a processor)"),
        ])

    private static let completion = Command(
        "completion", summary: "Print what lets a shell complete these commands",
        details: """
            bash: source <(cachesync completion bash)
            zsh:  source <(cachesync completion zsh)
            fish: cachesync completion fish | source
            """,
        positionals: [
            CommandPositional(
                CompletionCommand.shell, choices: CompletionScript.Shell.allCases.map(\.rawValue), help: "The shell")
        ])

    /// What the help calls the values of flags.
    private static let placeholders = [
        "kafka.brokers": "HOST:PORT", "gateway.listen": "HOST:PORT", "gateway.url": "URL", "gateway.token": "TOKEN",
        "view.path": "FILE", "worker.group": "NAME", "worker.name": "NAME", "log.level": "LEVEL",
        "log.format": "FORMAT",
    ]

    private static func flags(_ names: String...) -> [CommandOption] {
        names.map { name in
            guard let key = SettingKeys.all.first(where: { $0.name == name }),
                let option = CommandOption(key, value: placeholders[name] ?? "VALUE")
            else {
                preconditionFailure("\(name) has no flag")
            }
            return option
        }
    }
}
