internal import Caches
internal import Invalidations
internal import Kafka
internal import Runtime
internal import TopicCatalogue

/// Producer of dead letters, and which of them are stored.
final class DeadLetterLog {
    enum Origin {
        case write(PartitionLease, CacheAddress, LogVersion)
        case raw(PartitionLease)
    }

    private let producer: KafkaProducer
    private let log: Log
    private var sent: [UInt64: Origin] = [:]
    private var lastToken: UInt64 = 0

    init(_ configuration: FollowerConfiguration, wake: WakePipe, log: Log) throws {
        self.log = log
        var tuning = ProducerTuning()
        tuning.recordBytesMax = WriteLog.recordBytesMax + 65_536
        producer = try KafkaProducer(configuration.kafka, tuning)
        try producer.warmUp(topics: [TopicName.cacheDead], timeout: .seconds(30))
        producer.wake(on: wake.writeDescriptor)
    }

    var outstanding: Int { sent.count }

    /// - Returns: false if it could not be sent now.
    func send(_ dead: DeadWrite, _ origin: Origin) -> Bool {
        lastToken += 1
        do throws(KafkaError) {
            try producer.send(
                topic: TopicName.cacheDead, partition: dead.partition, key: dead.key, value: dead.value,
                headers: dead.headers, token: lastToken)
            sent[lastToken] = origin
            return true
        } catch {
            log.warning("a dead letter could not be sent", ["error": "\(error)"])
            return false
        }
    }

    /// - Throws: if nothing can be sent any more.
    func takeDeliveries(_ body: (Origin, _ isStored: Bool) -> Void) throws {
        producer.drainDeliveries(max: 1_000) { delivery in
            guard let origin = sent.removeValue(forKey: delivery.token) else { return }
            switch delivery.result {
            case .stored: body(origin, true)
            case .failed(let error):
                log.warning("a dead letter is not stored", ["error": "\(error)"])
                body(origin, false)
            }
        } notice: { event in
            switch event {
            case .error(let error), .fatal(let error): log.warning("Kafka has a problem", ["error": "\(error)"])
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .statistics: break
            }
        }
        if let fatal = producer.fatalError { throw fatal }
    }
}
