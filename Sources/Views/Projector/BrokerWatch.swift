internal import Dispatch
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Synchronization

/// Asks the brokers for the ends of topics, on its own thread and connection.
///
/// On the connection that records are fetched on, each question would stand behind a fetch that waits for records, and
/// the projector would wait with it. Here folding waits for no answer, and there are as many questions for many
/// partitions as for one.
final class BrokerWatch: Sendable {
    enum Answer: Sendable {
        /// By partition, the offset behind its last record; and when that was asked.
        case ends([TopicPartition: Int64], askedAt: Timestamp)
        case silence(String)
    }

    private struct State {
        var isOpen = true
        var answer: Answer?
        var deadBeginnings: [Int32: Int64]?
        /// What was complained of last; nil since all went well.
        var complaint: String?
    }

    /// No answer within it is none: the next question comes soon.
    private static let timeout = Duration.seconds(1)
    /// How often the topic of dead letters is asked where it begins.
    private static let beginningsInterval = Duration.seconds(60)
    private let configuration: ProjectorConfiguration
    private let partitions: [TopicPartition]
    private let wake: WakePipe
    private let log: Log
    private let metrics: ProjectorMetrics
    private let state = Mutex(State())
    private let asked = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - partitions: of the view's topics.
    ///   - wake: is woken when there is an answer.
    /// - Throws: `SystemCallError` when the system gives no thread.
    init(
        _ configuration: ProjectorConfiguration, partitions: [TopicPartition], wake: WakePipe, log: Log,
        metrics: ProjectorMetrics
    ) throws {
        self.configuration = configuration
        self.partitions = partitions
        self.wake = wake
        self.log = log
        self.metrics = metrics
        try NamedThread.startThread("projector-ends") { [self] in
            run()
            ended.signal()
        }
    }

    /// Asks all questions once; the answers come later.
    func ask() { asked.signal() }

    /// What came since the last call.
    func takeAnswers() -> (answer: Answer?, deadBeginnings: [Int32: Int64]?) {
        state.withLock { state in
            defer { (state.answer, state.deadBeginnings) = (nil, nil) }
            return (state.answer, state.deadBeginnings)
        }
    }

    /// Ends the thread, and waits a moment for it.
    func close() {
        state.withLock { $0.isOpen = false }
        asked.signal()
        _ = ended.wait(timeout: .now() + .seconds(2))
    }

    private var isOpen: Bool { state.withLock { $0.isOpen } }

    private func run() {
        do {
            let workers = configuration.workers
            var tuning = ConsumerTuning(group: workers?.group)
            tuning.statisticsInterval = .zero
            let consumer = try KafkaConsumer(configuration.kafka, tuning)
            var reads = WorkerReadTracker()
            var nextBeginnings = MonotonicTime.now()
            while true {
                asked.wait()
                guard isOpen else { return }
                // What the library has to say about connections is said by the one that reads records.
                consumer.poll(max: 1_000) { _ in }
                askForEnds(consumer)
                if let workers { askWorkers(consumer, workers, &reads) }
                if MonotonicTime.now() >= nextBeginnings, askForBeginnings(consumer) {
                    nextBeginnings = .now() + Self.beginningsInterval
                }
            }
        } catch {
            tell(.silence("\(error)"))
        }
    }

    private func askForEnds(_ consumer: KafkaConsumer) {
        let askedAt = Timestamp.now()
        do {
            tell(.ends(try consumer.ends(of: partitions, timeout: Self.timeout), askedAt: askedAt))
        } catch {
            tell(.silence("\(error)"))
        }
    }

    /// - Returns: false without an answer. Nothing waits for it, and whether Kafka is silent the ends tell.
    private func askForBeginnings(_ consumer: KafkaConsumer) -> Bool {
        let dead = partitions.filter { $0.topic == configuration.topics.dead }
        guard let beginnings = try? consumer.beginnings(of: dead, timeout: Self.timeout) else { return false }
        let byNumber = Dictionary(beginnings.map { ($0.key.partition, $0.value) }) { first, _ in first }
        state.withLock { $0.deadBeginnings = byNumber }
        return true
    }

    private func askWorkers(
        _ consumer: KafkaConsumer, _ workers: ProjectorConfiguration.Workers, _ reads: inout WorkerReadTracker
    ) {
        do {
            if reads.partitions.isEmpty {
                let counts = try consumer.partitionCounts(timeout: Self.timeout)
                func partitions(_ topics: [String]) -> [TopicPartition] {
                    topics.flatMap { topic in
                        (0..<(counts[topic] ?? 0)).map { TopicPartition(topic, Int32($0)) }
                    }
                }
                reads.partitions = partitions(workers.topics)
                reads.others = partitions(workers.lagTopics)
            }
            let all = reads.partitions + reads.others
            let askedAt = Timestamp.now()
            let ends = try consumer.ends(of: all, timeout: Self.timeout)
            var committed: [TopicPartition: Int64] = [:]
            for offset in try consumer.committed(all, timeout: Self.timeout) {
                committed[offset.partition] = offset.offset
            }
            let behind = all.filter { committed[$0] ?? 0 < ends[$0] ?? 0 }
            // What has gone from a topic, read or not, needs no commit.
            for (partition, begin) in try consumer.beginnings(of: behind, timeout: Self.timeout) {
                committed[partition] = max(begin, committed[partition] ?? 0)
            }
            state.withLock { $0.complaint = nil }
            metrics.tellLag(ends: ends, committed: committed, of: workers.topics + workers.lagTopics)
            if let time = reads.look(ends: ends, askedAt: askedAt, committed: committed) {
                metrics.readUp(upTo: time)
            }
        } catch {
            // Partitions may have come or gone.
            reads = WorkerReadTracker()
            complain("\(error)")
        }
    }

    /// Each failure is known to those who watch the log; the same one every second would hide the others.
    private func complain(_ error: String) {
        let isNew = state.withLock { state in
            defer { state.complaint = error }
            return state.complaint != error
        }
        guard isNew else { return }
        log.warning("what workers have finished is not known, and their lag is not told", ["error": error])
    }

    private func tell(_ answer: Answer) {
        state.withLock { $0.answer = answer }
        wake.wake()
    }
}
