internal import Kafka
internal import Runtime

/// Logs records that cannot be read: the first at once, then one line a while with the number of the others.
struct RefusalLog {
    private static let interval = Duration.seconds(10)
    private let log: Log
    private var next: MonotonicTime?
    private var unsaid = 0

    init(_ log: Log) {
        self.log = log
    }

    mutating func record(_ partition: TopicPartition, _ offset: Int64, _ reason: @autoclosure () -> String) {
        let now = MonotonicTime.now()
        guard next.map({ now >= $0 }) ?? true else {
            unsaid += 1
            return
        }
        log.warning(
            "a record cannot be read and is passed over",
            [
                "kafka.topic": partition.topic, "kafka.partition": partition.partition, "kafka.offset": offset,
                "error": reason(), "others": unsaid,
            ])
        unsaid = 0
        next = now + Self.interval
    }
}
