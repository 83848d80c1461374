import Gateway
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
        ] + flags("profile", "log.level", "log.format"),
        commands: [
            up, gateway, worker, projector, bridge, cache, rollout, publish, status, topics, edges, keys, audit, replay,
            dead,
            doctor,
            simulate, completion, Command.help,
        ])

    private static let up = Command(
        "up", summary: "Run all roles in this process, with a broker of its own unless --brokers names one",
        details: """
            The embedded broker keeps everything in memory: what is unfinished when the process ends is gone. It is \
            for trying out and for tests.
            """,
        options: flags("kafka.brokers", "gateway.listen", "cache.listen", "view.path", "admin.listen"))

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

    private static let bridge = Command(
        "bridge", summary: "Run the bridge: publish what the events of other systems' topics ask for",
        details: """
            The list `bridges` of the configuration says which topics are read, and how their events become requests: \
            Wikimedia's resource changes, CloudEvents, Debezium's row changes, and any JSON. `cachesync up` runs a \
            bridge, too, where the list is not empty.
            """,
        options: flags("kafka.brokers", "admin.listen"))

    private static let publish = Command(
        "publish", summary: "Ask for an invalidation, through the gateway",
        details: """
            Ends with 0 once the request is accepted; with --wait, once every edge has acknowledged it. --cancel calls \
            off an earlier request of the same namespace and priority, at the edges where it still waits.

            --file publishes many: each line is a request as POST /invalidate takes it, such as {"namespace": "shop", \
            "tags": ["product-42"]}. Several are on their way at a time, so their order is kept with --in-flight 1 \
            alone. With --wait a request keeps its place until it has ended. With --plan it says what all lines would \
            come to. Ends with 65 when lines were refused, with 75 when some were not published or not ended in time.
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
            CommandOption("not-before", value: "TIME", help: "Purge at that time (RFC 3339) or a little later"),
            CommandOption("in", value: "TIME", help: "The same, so long from now, such as 30s; 24h at most"),
            CommandOption("plan", help: "Say what it would come to at each edge, and publish nothing"),
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
        details: """
            With an ID it ends with 0, or with 1 once the request has failed at an edge. --watch tells each change \
            until the request has ended, over the gateway's live stream where it has one, and ends with 75 when the \
            time is over first.

            `status counts` shows how many requests were published and ended in each minute of the last hour, or since \
            --since, a day at most; `status edges` the edges at which most requests fail, with the last error of each.
            """,
        options: flags("gateway.url", "gateway.token") + [
            CommandOption(
                "watch", short: "w",
                help: "Follow the request until every edge has ended; without ID, the list until it is interrupted"),
            CommandOption("timeout", value: "TIME", help: "Longest watch (default 5m with ID, none without)"),
            CommandOption("namespace", short: "n", value: "NAME", help: "Without ID: only of this namespace"),
            CommandOption(
                "state", value: "STATE", choices: ["queued", "processing", "completed", "failed"],
                help: "Without ID: only those"),
            CommandOption("since", value: "TIME", help: "Without ID: made at this time or later, as RFC 3339 has it"),
            CommandOption("until", value: "TIME", help: "Without ID: made before this time"),
            CommandOption("source", value: "NAME", help: "Without ID: only of this publisher"),
            CommandOption("key", value: "KEY", help: "Without ID: published with this idempotency key"),
            CommandOption("edge", value: "NAME", help: "Without ID: only those that this edge has to do with"),
            CommandOption(
                "edge-state", value: "STATE", choices: ["open", "failed", "completed"],
                help: "Without ID: only those so far there, or at any edge"),
            CommandOption("limit", value: "N", help: "Without ID: so many, newest first, 10000 at most (default 20)"),
            CommandOption("after", value: "CURSOR", help: "Without ID: go on where an earlier list ended"),
        ],
        positionals: [
            CommandPositional(
                "ID", isOptional: true, help: "The request's id, as `publish` printed it, or `counts` or `edges`")
        ])

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

    private static let keyID = [CommandPositional(KeysCommand.id, help: "The key's id, as `keys list` shows it")]

    private static let keys = Command(
        "keys", summary: "Make, list, rotate and revoke API keys of the gateway",
        details: """
            They stand in the file that gateway.keys names, as hashes: a key is shown once, when it is made. Gateways \
            read the file again when it has changed, so give them all the same one.
            """,
        options: flags("gateway.keys"),
        commands: [
            Command(
                "create", summary: "Make a key, and show it",
                options: [
                    CommandOption("name", value: "NAME", help: "Of its holder, as logs and records show it"),
                    CommandOption(
                        "scope", value: "SCOPE", choices: Scopes.allNames, isRepeated: true,
                        help: "What it opens (default publish and read)"),
                    CommandOption(
                        "namespace", short: "n", value: "PATTERN", isRepeated: true,
                        help: "Only these namespaces: names, or beginnings such as shop-*"),
                    CommandOption(
                        "host", value: "PATTERN", isRepeated: true,
                        help: "Only URLs and prefixes of these hosts: shop.example, *.shop.example"),
                    CommandOption(
                        "expires", value: "TIME", help: "How long it is valid, such as 90d (default: for ever)"),
                ]),
            Command("list", summary: "Show the keys, without what is secret"),
            Command(
                "rotate", summary: "Make a new key in place of one, and show it",
                options: [
                    CommandOption("grace", value: "TIME", help: "How long the old one stays valid (default 24h)")
                ], positionals: keyID),
            Command("revoke", summary: "Close a key at once", positionals: keyID),
        ])

    private static let audit = Command(
        "audit", summary: "Show who has ordered what: replays, redrives and discards, newest first",
        details: """
            Of each run the newest order counts. Who has published a request stands in its record, in the header \
            cs-principal; the gateway's log has a line `audit` for each order, and at debug for each publication.
            """,
        options: runFlags + [
            CommandOption("since", value: "TIME", help: "Only since then: -2h, 2026-11-27T10:00:00Z"),
            CommandOption("who", value: "TEXT", help: "Only of those whose name has it"),
        ])

    private static let runFlags = flags("gateway.url", "gateway.token", "gateway.operatorToken")

    /// What a run takes.
    private static let selection = [
        CommandOption(
            "from", value: "TIME",
            help: "The first record: -2h, 2026-11-27T10:00:00Z, 10:00Z, offset:0=123,7=40, or all"),
        CommandOption("until", value: "TIME", help: "The first record that is not read, in the same form"),
        CommandOption(
            "namespace", short: "n", value: "GLOB", isRepeated: true,
            help: "Only of these namespaces; * and ? stand for others"),
        CommandOption("tag", short: "t", value: "GLOB", isRepeated: true, help: "Only those that name such a tag"),
        CommandOption(
            "url", short: "u", value: "GLOB", isRepeated: true, help: "Only those that name such a URL or prefix"),
        CommandOption("source", value: "GLOB", isRepeated: true, help: "Only of these sources"),
        CommandOption(
            "priority", value: "CLASS", choices: ["high", "normal", "low"], isRepeated: true,
            help: "Only of these priorities"),
        CommandOption(
            "selector-kind", value: "KIND", choices: ["tags", "urls", "prefixes", "everything"], isRepeated: true,
            help: "Only those that select so"),
        CommandOption("edge", short: "e", value: "NAME", isRepeated: true, help: "Only for these edges"),
    ]

    /// How a run goes.
    private static let pace = [
        CommandOption("rate", value: "N/s", help: "Requests a second at most (default: as fast as workers go)"),
        CommandOption(
            "window", value: "N", help: "Requests ahead of the workers at most (default 2000; with --coalesce 100)"),
        CommandOption("max", value: "N", help: "Requests in all at most"),
        CommandOption("reason", value: "TEXT", help: "Why, for those who look later"),
        CommandOption("yes", short: "y", help: "Don't ask"),
        CommandOption("detach", help: "Don't follow the run: it goes on by itself"),
    ]

    private static let replaySelection =
        selection + [
            CommandOption(
                "only", value: "WHAT", choices: ["failed", "missing", "all"],
                help: "Edges that gave it up, edges that never had it, or all (default all)"),
            CommandOption(
                "content-from", value: "TIME",
                help: "A cache holds what it held then: replay since, and believe no earlier purge"),
            CommandOption(
                "coalesce", help: "Purge each selector once, in requests of the run's own: fewer calls, other values"),
            CommandOption("skip-superseded", help: "Leave out what later requests have purged since"),
        ]

    private static let steering = [
        CommandPositional(ReplayCommand.run, help: "The run's id, as `replay list` shows it")
    ]
    private static let reason = [CommandOption("reason", value: "TEXT", help: "Why, for those who look later")]

    private static let replay = Command(
        "replay", summary: "Purge once more what the log holds, and steer such runs",
        details: """
            The gateway takes the order, and a projector's process plans the run and carries it out: it goes on \
            without this command. It stands behind live traffic, goes on where it stood when a process dies, and \
            pauses itself when most of it fails.
            """,
        options: runFlags,
        commands: [
            Command(
                "plan", summary: "Say what a run would do; nothing is done until it is resumed",
                options: replaySelection + pace),
            Command("run", summary: "Plan, ask, and start a run", options: replaySelection + pace),
            Command("list", summary: "Show all runs, newest first"),
            Command("show", summary: "Show one run", positionals: steering),
            Command("pause", summary: "Let a run stand still", options: reason, positionals: steering),
            Command(
                "resume", summary: "Let a run go on",
                options: reason + [CommandOption("rate", value: "N/s", help: "Another rate")], positionals: steering),
            Command("cancel", summary: "End a run", options: reason, positionals: steering),
        ])

    private static let deadLetters = [
        CommandPositional(
            DeadCommand.deadLetter, isOptional: true, isRepeated: true,
            help: "Only these dead letters, as PARTITION/OFFSET"
        )
    ]
    private static let deadSelection =
        selection + [
            CommandOption(
                "class", value: "CLASS", choices: ["undecodable", "unroutable", "permanent", "exhausted"],
                isRepeated: true, help: "Only of these classes")
        ]

    private static let expectation = CommandOption(
        "expect", value: "N", help: "Refuse when another number matches")

    private static let dead = Command(
        "dead", summary: "List, show, export, redrive and discard dead letters",
        details: """
            The list is the gateway's, from the view. A redrive and a discard are runs: `cachesync replay` lists and \
            steers them. Where values select (--tag, --url, --source, --priority, --selector-kind), a list reads all \
            that the other options select.
            """,
        options: runFlags,
        commands: [
            Command(
                "list", summary: "Show the dead letters that nobody has redriven, newest first",
                options: deadSelection + [
                    CommandOption(
                        "group", value: "BY", choices: ["error", "edge", "namespace", "class"],
                        help: "Count them instead"),
                    CommandOption("limit", value: "N", help: "So many (default 50)"),
                    CommandOption("all", help: "Those that were redriven, too"),
                ], positionals: deadLetters),
            Command(
                "show", summary: "Show the headers of a dead letter",
                options: [CommandOption("value", help: "The value instead, as it is")],
                positionals: [CommandPositional(DeadCommand.deadLetter, help: "PARTITION/OFFSET")]),
            Command(
                "export", summary: "Write dead letters as JSON lines, key and value in base64",
                options: deadSelection, positionals: deadLetters),
            Command(
                "redrive", summary: "Try dead letters once more, at the edges that gave them up",
                options: deadSelection + pace + [
                    CommandOption(
                        "release-quarantine", help: "Also those that were redriven three times without success"),
                    expectation,
                ], positionals: deadLetters),
            Command(
                "discard", summary: "Close dead letters without another try; --reason says why",
                options: deadSelection + pace + [
                    CommandOption(
                        "release-quarantine", help: "Also those that were redriven three times without success"),
                    expectation,
                ], positionals: deadLetters),
        ])

    private static let doctor = Command(
        "doctor",
        summary: "Explain the settings in force, and check brokers, workers, bridges, view, gateway, cache and edges",
        options: flags(
            "kafka.brokers", "view.path", "worker.group", "gateway.listen", "gateway.url", "cache.listen"))

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
        "kafka.brokers": "HOST:PORT", "gateway.listen": "HOST:PORT", "cache.listen": "HOST:PORT", "gateway.url": "URL",
        "gateway.token": "TOKEN", "cache.url": "URL", "cache.token": "TOKEN", "gateway.operatorToken": "TOKEN",
        "view.path": "FILE", "worker.group": "NAME", "worker.name": "NAME", "log.level": "LEVEL",
        "log.format": "FORMAT", "profile": "PROFILE",
    ]

    static func flags(_ names: String...) -> [CommandOption] {
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
