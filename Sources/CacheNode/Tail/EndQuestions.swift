internal import Dispatch
internal import Kafka
internal import Runtime
internal import Synchronization

/// Asks the leaders of all partitions where the log ends, twice a second.
///
/// It has a thread of its own, because an answer may be long in coming.
final class EndQuestions: Sendable {
    private static let interval = Duration.milliseconds(500)
    private static let timeout = Duration.seconds(5)
    /// Topics can grow: every so many questions their partitions are listed anew.
    private static let listing = 20

    private let kafka: KafkaConfiguration
    private let topics: [String]
    private let sync: LogSync
    private let isOpen = Atomic(true)
    private let ending = DispatchSemaphore(value: 0)

    init(_ kafka: KafkaConfiguration, topics: [String], sync: LogSync) {
        self.kafka = kafka
        self.topics = topics
        self.sync = sync
    }

    /// Asks until `close()`, on the calling thread.
    func run() throws {
        // It fetches nothing, so no question stands in line behind a fetch.
        let consumer = try KafkaConsumer(kafka, ConsumerTuning())
        var partitions: [TopicPartition] = []
        var count = 0
        while isOpen.load(ordering: .acquiring) {
            let askedAt = MonotonicTime.now()
            do {
                if partitions.isEmpty || count % Self.listing == 0 {
                    partitions = try TopicLayout.partitions(of: topics, consumer, timeout: Self.timeout)
                }
                sync.asked(try consumer.ends(of: partitions, timeout: Self.timeout), at: askedAt)
                count += 1
            } catch {
                sync.failed("Kafka does not say where the log ends: \(error)")
                partitions = []
            }
            consumer.poll { _ in }
            _ = ending.wait(timeout: .now() + .milliseconds(Int(Self.interval / .milliseconds(1))))
        }
        _ = consumer.close(deadline: .seconds(1))
    }

    func close() {
        isOpen.store(false, ordering: .releasing)
        ending.signal()
    }
}
