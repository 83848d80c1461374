import Foundation
import TestSupport

// `make bench`: what each part does, beside what the machine can do, all in one run, which writes RESULTS.md.
// `cachesync-bench core`, `fold`, `purge`, `node`, `tags`, `gateway`, `status`, `fanout`, `memory` or `isolation`
// takes one part, with a number behind it for as many records, keys or requests, or requests a second; `core` and
// `fold` need no broker, and `tags` has no number. `isolation kills` measures while processes die. `backlog` is run
// only when it is named: it takes minutes, and so are `storm`, `replay`, `streams`, `writes`, `publish`, `producer`,
// and `cache`, which needs no broker. Behind the records of `backlog` stands the number of edges, and behind the
// requests of `writes` that of kills; `writes sqlite` has its view in a file. `fold sqlite` and `fold postgres` take
// one database; a second number is the size of a batch. `publish` compares two builds. `operations` counts the
// instructions of the hot paths under valgrind and compares them with those that INSTRUCTIONS.md keeps; `operations
// renew` writes that page.

let arguments = Array(CommandLine.arguments.dropFirst())
let records = arguments.lazy.compactMap { Int($0) }.first
let edges = arguments.compactMap { Int($0) }.dropFirst().first ?? 1
let names: Set = [
    "core", "purge", "status", "isolation", "backlog", "storm", "replay", "streams", "writes", "publish", "cache",
    "fold", "gateway", "node", "tags", "fanout", "operations", "memory", "producer",
]
/// What RESULTS.md is written of.
let pageParts: Set = ["fold", "purge", "node", "tags", "gateway", "status", "fanout", "memory"]
let results = Results()
let parts = names.intersection(arguments)

func isWanted(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

if isWanted("core") {
    CoreReport(records: records ?? 1_000_000, isUsualOnly: arguments.contains("usual")).run()
}

/// Ends the program where that fails.
func attempt(_ body: () throws -> Void) {
    do {
        try body()
    } catch {
        FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
        exit(1)
    }
}

if parts.contains("operations") {
    attempt { exit(try OperationsCommand(words: arguments).run()) }
}
if parts.contains("cache") {
    attempt { try CacheBenchmark(entries: records ?? 200_000).run() }
}
if isWanted("fold") {
    let isAlone = parts == ["fold"]
    let isOnFile = arguments.contains("sqlite") ? true : arguments.contains("postgres") ? false : nil
    let batchMax = isAlone ? arguments.compactMap { Int($0) }.dropFirst().first : nil
    attempt {
        try FoldBenchmark(
            events: isAlone ? records ?? 300_000 : 300_000, isOnFile: isOnFile, batchMax: batchMax, results: results
        ).run()
    }
}
guard parts.isEmpty || !parts.isSubset(of: ["core", "cache", "fold"]) else { exit(0) }
if let reason = KafkaHome.missing {
    FileHandle.standardError.write(Data("make bench needs a real Kafka: \(reason)\n".utf8))
    exit(69)
}
attempt {
    if isWanted("purge") { try PurgeBenchmark(records: records ?? 500_000, results: results).run() }
    if isWanted("node") {
        try CacheNodeBenchmark(keys: parts == ["node"] ? records ?? 1_000_000 : 1_000_000, results: results).run()
    }
    if isWanted("tags") { try TaggedEntriesBenchmark(results: results).run() }
    if isWanted("gateway") { try GatewayBenchmark(results: results).run() }
    if isWanted("status") {
        try StatusBenchmark(requests: parts == ["status"] ? records ?? 200 : 200, results: results).run()
    }
    if isWanted("fanout") { try FanOutBenchmark(results: results).run() }
    if isWanted("memory") {
        try MemoryBenchmark(records: parts == ["memory"] ? records ?? 1_000_000 : 1_000_000, results: results).run()
    }
    if parts.contains("backlog") { try BacklogBenchmark(records: records ?? 10_000_000, edges: edges).run() }
    if parts.contains("storm") { try StormBenchmark(requests: records ?? 20_000).run() }
    if parts.contains("streams") { try StreamsBenchmark(streams: records ?? 10_000).run() }
    if parts.contains("replay") { try ReplayBenchmark(records: records ?? 1_000_000).run() }
    if parts.contains("publish") { try PublishBenchmark().run() }
    if parts.contains("producer") { try ProducerBenchmark().run() }
    if parts.contains("writes") {
        let kills = arguments.compactMap { Int($0) }.dropFirst().first ?? 100
        try OwnWritesBenchmark(requests: records ?? 10_000, kills: kills, isOnFile: arguments.contains("sqlite")).run()
    }
    if isWanted("isolation") {
        let rate = parts == ["isolation"] ? records ?? 200 : 200
        try IsolationBenchmark(rate: rate, hasKills: arguments.contains("kills")).run()
    }
    if parts.isEmpty || parts.isSuperset(of: pageParts) {
        try results.write(to: "Benchmarks/RESULTS.md")
    }
}
