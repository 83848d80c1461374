import Foundation
import TestSupport

// `make bench`: what a worker does, beside what the machine can do, all in one run. `cachesync-bench core` measures the
// core alone, without a broker.

let arguments = Array(CommandLine.arguments.dropFirst())
let records = arguments.lazy.compactMap { Int($0) }.first

if arguments.first == "core" {
    CoreReport(records: records ?? 1_000_000, isUsualOnly: arguments.contains("usual")).run()
    exit(0)
}
if let reason = KafkaHome.missing {
    FileHandle.standardError.write(Data("make bench needs a real Kafka: \(reason)\n".utf8))
    exit(69)
}
do {
    try PurgeBenchmark(records: records ?? 500_000).run()
} catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(1)
}
