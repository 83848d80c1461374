import Foundation
import Kafka
import TestSupport
import TopicCatalogue

/// A whole worker process, watched through the offsets that it commits.
struct WorkerRun {
    struct Result {
        let recordsPerSecond: Double
        let peakKilobytes: Int
        let processorMicroseconds: Double
    }

    let kafka: KafkaConfiguration
    let group: String
    let options: [String]
    let log: String

    init(_ kafka: KafkaConfiguration, group: String, options: [String], log: String) {
        self.kafka = kafka
        self.group = group
        self.options = options
        self.log = log
    }

    /// - Parameters:
    ///   - parts: how often `watch` is called, after equal parts of the work.
    ///   - watch: gets the records done, and the memory in KiB that the worker then has.
    func run(_ count: Int, parts: Int = 1, watch: (Int, Int) -> Void = { _, _ in }) throws -> Result {
        let watcher = try KafkaConsumer(kafka, ConsumerTuning(group: group))
        let partitions = Partitions.all(of: TopicName.normal)
        func committed() throws -> Int {
            try watcher.committed(partitions, timeout: .seconds(10)).reduce(0) { $0 + Int($1.offset ?? 0) }
        }
        let worker = try BuiltCommand.startProcess(["worker"] + options, output: log)
        let clock = ContinuousClock()
        // The clock starts with the first commit, so that joining the group is not counted.
        var first = 0
        try eventually("the worker commits", within: .seconds(60)) {
            first = try committed()
            return first > 0
        }
        let begin = clock.now
        var done = first
        for part in 1...parts {
            try eventually("the worker is through", within: .seconds(600)) {
                done = try committed()
                guard worker.isRunning else { throw BenchmarkError("the worker ended: \(lastWords)") }
                return done >= count / parts * part
            }
            watch(done, ProcessFigures.kilobytes("VmRSS:", of: worker.identifier))
        }
        let seconds = begin.duration(to: clock.now) / .seconds(1)
        let result = Result(
            recordsPerSecond: Double(done - first) / seconds,
            peakKilobytes: ProcessFigures.kilobytes("VmHWM:", of: worker.identifier),
            processorMicroseconds: processorSeconds(worker.identifier) * 1_000_000)
        worker.signal(SIGTERM)
        try worker.waitForExit()
        _ = watcher.close(deadline: .seconds(5))
        return result
    }

    private var lastWords: String {
        (try? String(contentsOfFile: log, encoding: .utf8)).map { String($0.suffix(2_000)) } ?? ""
    }

    /// User and system time so far.
    private func processorSeconds(_ process: Int32) -> Double {
        let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // The fields behind the name, which may hold blanks itself; times are the 12th and 13th of them.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
