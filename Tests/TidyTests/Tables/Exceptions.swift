/// What a rule allows, with the reason. An exception that excuses nothing fails the test.
struct Allowed: Sendable {
    /// A file, or a folder with all below it.
    let path: String
    let rules: [String]
    let reason: String

    init(_ path: String, _ rules: String, _ reason: String) {
        self.path = path
        self.rules = rules.split(separator: " ").map(String.init)
        self.reason = reason
    }

    func covers(_ finding: Finding, _ rule: String) -> Bool {
        finding.rule == rule && (finding.path == path || finding.path.hasPrefix(path + "/"))
    }
}

/// Exceptions to the rules, each with its reason.
enum Exceptions {
    static let all: [Allowed] = [
        Allowed("Sources/System", "unusedFile", "SwiftPM finds module maps and C++ sources by their folder"),
        Allowed("Tests/Fuzzing/Corpus", "unusedFile lineLength", "the fuzzing suite reads the whole folder, as it is"),
        Allowed("Tests/Fuzzing/Fuzzing.swift", "unusedDeclaration", "libFuzzer calls it by its name in C"),
        Allowed("Tests/ViewsTests/EveryViewStore.swift", "unusedDeclaration", "Swift Testing calls what a trait has"),
        Allowed("Tests/Mutants/Tables", "unusedFile", "the mutants suite reads the whole folder"),
        Allowed(".ci/event_stream.py", "unusedFile", "Python imports it by the name of its module"),
        Allowed("Tests/Browser", "unusedFile", "Python imports them by the names of their modules"),
        Allowed("Sources/Invalidations/Values/HostName.swift", "letter", "names of Unicode's general categories"),
        Allowed("Sources/JSON", "fatalError", "no memory, or a tape that only a fault of simdjson can write"),
        Allowed("Topics/Catalogue", "fatalError", "the definitions are part of the binary; a test reads all of them"),
        Allowed("Sources/System", "lineLength", "declarations of C that a line break would not help"),
        Allowed("Sources/Runtime", "letter", "`isLetter` is Swift's own"),
        Allowed("Tests/RuntimeTests", "letter", "`isLetter` is Swift's own"),
        Allowed("Sources/Kafka/Configuration", "flight", "`max.in.flight` is a setting of librdkafka"),
        Allowed("Tests/IntegrationTests/UpTests.swift", "park", "`parked` is a configuration key"),
        Allowed("Topics/asyncapi.yaml", "lineLength", "paragraphs of a data file"),
    ]

    /// Names that users may have stored or configured; they stay.
    static let wireNames = [
        "cachesync_worker_parked_records", "cachesync_worker_deferrals_total", "worker.parked",
    ]
}
