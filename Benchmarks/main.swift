import Foundation
import TestSupport

// `make bench`: what a worker does, beside what the machine can do, all in one run.

let records = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 500_000

if let reason = KafkaHome.missing {
    FileHandle.standardError.write(Data("make bench needs a real Kafka: \(reason)\n".utf8))
    exit(69)
}
do {
    try PurgeBenchmark(records: records).run()
    try IsolationBenchmark().run()
} catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(1)
}
