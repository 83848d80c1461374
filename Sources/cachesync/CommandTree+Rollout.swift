import Runtime

// The commands that roll the cache of a namespace out, step by step.
extension CommandTree {
    static let rollout = Command(
        "rollout", summary: "Lead a namespace from its main API to the cache, step by step, and back",
        details: """
            shadow: the main API answers all reads, and the cache is compared with it. canary: the cache answers reads \
            of a share of the keys. writes: it also queues the writes of a share. cutover: the shares grow to all \
            keys. Each step is in force at all nodes within a second. A share that grows keeps the keys it has.

            The commands ask the node at --node (cache.url), with gateway.operatorToken or a key with the scopes cache \
            and operate. Guards stay from step to step until others are given.
            """,
        options: flags("cache.url", "gateway.operatorToken") + [
            CommandOption("namespace", short: "n", value: "NAME", help: "Whose keys (default `default`)")
        ],
        commands: [
            Command(
                "status", summary: "Show the phase, its shares, what was compared, and what waits for the database",
                options: [
                    CommandOption("samples", value: "N", help: "Also the last N differences that the node saw")
                ]),
            Command(
                "shadow", summary: "Compare the cache with the main API, which answers all reads",
                options: [percent] + change),
            Command(
                "canary", summary: "Answer reads of a share of the keys from the cache", options: [percent] + change),
            Command(
                "writes", summary: "Also queue the writes of a share of the keys", options: [percent] + change),
            Command(
                "cutover", summary: "Let the shares grow to all keys",
                options: [CommandOption("over", value: "TIME", help: "For so long, such as 14d (default: at once)")]
                    + change),
            Command(
                "back", summary: "Go one phase back; from queued writes it ends when none waits for the database",
                details: """
                    Ends with 75 when writes still wait after --timeout: the step back is in force all the same, and \
                    `cachesync rollout status` shows how many are left.
                    """,
                options: [
                    reason, CommandOption("timeout", value: "TIME", help: "Longest wait (default 10m)"),
                ]),
        ])

    private static let percent = CommandOption("percent", value: "P", help: "The share of keys, such as 5 or 0.25")
    private static let reason = CommandOption("reason", value: "TEXT", help: "Why, for the status and the log")
    private static let change = [
        reason,
        CommandOption("max-mismatch", value: "P", help: "Guard: so many percent of the comparisons may differ"),
        CommandOption("max-errors", value: "P", help: "Guard: so many percent of the cache's answers may fail"),
        CommandOption("max-p99", value: "TIME", help: "Guard: what 99 of 100 answers of the cache stay below"),
        CommandOption("allow-dead", help: "Do not step back when writes become dead letters"),
        CommandOption("guard-samples", value: "N", help: "Guards count from so many samples on (default 50)"),
        CommandOption(
            "on-guard", value: "ACTION", choices: ["back", "stop"],
            help: "What a broken guard does: one phase back, or stop a cutover where it is (default back)"),
    ]
}
