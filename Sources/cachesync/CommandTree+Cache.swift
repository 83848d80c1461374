import Runtime

// The cache node and the commands that speak to one.
extension CommandTree {
    static let cache = Command(
        "cache", summary: "Run a cache node; or get, set, delete and invalidate entries of one that runs",
        details: """
            Without one of the commands it runs a node, which keeps entries for HTTP clients and forgets what the log \
            invalidates. Entries are in memory, and with cache.disk in a file as well. With cache.database writes are \
            durable: Kafka has them before they are answered, and PostgreSQL gets them; with cache.api an HTTP API \
            does. `cachesync up` runs a node, too, where a setting of the group `cache` other than cache.url is set.

            The commands ask the node at --node (cache.url), or else the one that listens where cache.listen says.
            """,
        options: flags("cache.listen"),
        commands: [reading, storing, deleting, invalidating, figures, deadWrites],
        optionsAlone: flags("kafka.brokers", "admin.listen"))

    private static let node = flags("cache.url", "cache.token")
    private static let namespace = CommandOption(
        "namespace", short: "n", value: "NAME", help: "Whose entries (default `default`)")
    private static let key = CommandPositional(CacheCommand.key, help: "The entry's key")

    private static let reading = Command(
        "get", summary: "Write the value of an entry to standard output, as it was stored",
        details: """
            Ends with 66 where there is no such entry, with 75 while the node does not know the log. With --json it \
            shows a document with the value and what the node says of it.
            """,
        options: node + [
            namespace, CommandOption("headers", help: "Show age, time to live, tags and ETag on standard error"),
        ], positionals: [key])

    private static let storing = Command(
        "set", summary: "Store an entry",
        details: """
            With --invalidate-tag and --invalidate-url the node also publishes an invalidation once the value is \
            stored, as `cachesync publish` does. Ends with 75 when the value is stored and Kafka does not take that.
            """,
        options: node + [
            namespace,
            CommandOption("file", short: "f", value: "FILE", help: "Read the value from it; - for standard input"),
            CommandOption("string", help: "The value is text, and is stored as a JSON string"),
            CommandOption("ttl", value: "TIME", help: "How long it is fresh, such as 10m (default: as the node says)"),
            CommandOption("tag", short: "t", value: "TAG", isRepeated: true, help: "A tag that invalidates it"),
            CommandOption(
                "stale-while-revalidate", value: "TIME", help: "How long it may be answered with behind that time"),
            CommandOption(
                "stale-if-error", value: "TIME", help: "How long it may stand in for an origin that fails"),
            CommandOption(
                "invalidate-tag", value: "TAG", isRepeated: true, help: "Publish that this tag went stale"),
            CommandOption(
                "invalidate-url", value: "URL", isRepeated: true, help: "Publish that this URL went stale"),
        ],
        positionals: [
            key,
            CommandPositional(
                CacheCommand.value, isOptional: true, help: "JSON, or text with --string; - for standard input"),
        ])

    private static let deleting = Command(
        "delete", summary: "Remove an entry, if it is there", options: node + [namespace], positionals: [key])

    private static let invalidating = Command(
        "invalidate", summary: "Remove what tags, URLs or prefixes mean at this node alone, and count it",
        details: "`cachesync publish` reaches all nodes, and every other edge.",
        options: node + [
            namespace,
            CommandOption("tag", short: "t", value: "TAG", isRepeated: true, help: "Entries with this tag"),
            CommandOption("url", short: "u", value: "URL", isRepeated: true, help: "The entry of this URL"),
            CommandOption("prefix", value: "URL", isRepeated: true, help: "Entries of all URLs that begin so"),
            CommandOption("everything", help: "All of the namespace"),
            CommandOption("soft", help: "Mark stale instead of removing"),
        ])

    private static let deadLetters = [
        CommandPositional(
            DeadCommand.deadLetter, isOptional: true, isRepeated: true,
            help: "Only these, as PARTITION/OFFSET"
        )
    ]

    private static let deadWrites = Command(
        "dead", summary: "List, redrive and discard writes that the database has refused",
        details: """
            They are read in Kafka's topic cachesync.cache.dead. What is redriven or discarded gets a mark there, and \
            is no longer listed.
            """,
        options: flags("kafka.brokers"),
        commands: [
            Command(
                "list", summary: "Show those that nobody has redriven or discarded",
                options: [CommandOption("limit", value: "N", help: "So many (default 50)")], positionals: deadLetters),
            Command(
                "redrive", summary: "Write them once more through a node, where no later write of the key has come",
                details: """
                    The node decides by If-Match or If-None-Match, so a later write is never undone. Times to live \
                    begin anew. At most 1,000 at a time. Ends with 75 where some stay.
                    """,
                options: node, positionals: deadLetters),
            Command("discard", summary: "Close them without another try", positionals: deadLetters),
        ])

    private static let figures = Command(
        "stats", summary: "Show how many entries and bytes a node has, in all and by namespace", options: node)
}
