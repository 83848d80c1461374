internal import Kafka
internal import Runtime

/// Waits for the first answer of a broker, and logs that it waits.
///
/// Brokers and workers may start in any order. What a worker does next has time limits, and would end it.
struct KafkaWait {
    /// One question. Short, so that a wish to stop is noticed.
    private static let question = Duration.seconds(2)
    private static let reminder = Duration.seconds(15)
    /// The client tries a connection again by itself, so there is little to gain by asking sooner.
    private static let pause = Duration.milliseconds(200)

    private let kafka: KafkaConfiguration
    private let log: Log

    init(_ kafka: KafkaConfiguration, log: Log) {
        self.kafka = kafka
        self.log = log
    }

    /// - Returns: false when it was told to stop before.
    /// - Throws: `KafkaError` for what waiting does not mend, such as settings that can't be used.
    func waitForAnswer(_ stop: StopSignal) throws -> Bool {
        let admin = try KafkaAdmin(kafka)
        let start = MonotonicTime.now()
        var nextReminder = start
        while stop.phase == .running {
            do throws(KafkaError) {
                _ = try admin.metadata(timeout: Self.question)
                if nextReminder > start { log.info("Kafka answers") }
                return true
            } catch {
                guard error.isPassing else { throw error }
                if MonotonicTime.now() >= nextReminder {
                    nextReminder = MonotonicTime.now() + Self.reminder
                    log.warning(
                        "waiting for Kafka",
                        ["kafka.brokers": kafka.brokers.joined(separator: ","), "error": "\(error)"])
                }
                stop.waitForPhase(.draining, timeout: Self.pause)
            }
        }
        return false
    }
}

extension KafkaError {
    /// Whether brokers that come, or come back, would mend it.
    fileprivate var isPassing: Bool {
        switch self {
        case .timedOut: true
        case .failed(let code, _): [.allBrokersDown, .resolve, .transport].contains(code)
        case .invalidConfiguration, .queueFull, .unknownPartition, .fatal: false
        }
    }
}
