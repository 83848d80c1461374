internal import Invalidations
internal import Kafka
internal import Runtime

/// Publishes requests, and tells when each is acknowledged.
final class RequestOutlet {
    /// Where a request comes from.
    struct Origin {
        var partition: TopicPartition
        var offset: Int64
        /// The number of its mapping.
        var mapping: Int
    }

    struct Request {
        var origin: Origin
        var topic: String
        var key: [UInt8]
        var value: [UInt8]
        var headers: [KafkaHeader]

        /// What it takes up in a log, rounded up.
        fileprivate var bytes: Int { value.count + 256 }
    }

    enum Outcome {
        case stored
        /// The cluster takes no record of that size.
        case tooLarge
    }

    private let producer: KafkaProducer
    private let admission: BridgeConfiguration.Admission?
    private let log: Log
    /// In order; those below `next` are sent.
    private var unsent: [Request] = []
    private var next = 0
    private var sent: [UInt64: (origin: Origin, topic: String, bytes: Int)] = [:]
    private var lastToken: UInt64 = 0

    init(_ configuration: BridgeConfiguration, topics: [String], wake: WakePipe, log: Log) throws {
        self.log = log
        admission = configuration.admission
        var tuning = ProducerTuning()
        tuning.recordBytesMax = Limits.recordBytes + 65_536
        producer = try KafkaProducer(configuration.kafka, tuning)
        try producer.warmUp(topics: topics, timeout: .seconds(30))
        producer.wake(on: wake.writeDescriptor)
    }

    deinit { forget() }

    /// Requests that are not acknowledged.
    var outstanding: Int { unsent.count - next + sent.count }

    func add(_ request: Request) { unsent.append(request) }

    /// Sends what there is capacity for.
    ///
    /// - Throws: what went wrong with the producer.
    func send(_ ended: (Origin, Outcome) -> Void) throws {
        while next < unsent.count {
            let request = unsent[next]
            guard admission?.admit(request.bytes) ?? true else { break }
            lastToken &+= 1
            do throws(KafkaError) {
                try producer.send(
                    topic: request.topic, key: request.key, value: request.value, headers: request.headers,
                    token: lastToken)
                sent[lastToken] = (request.origin, request.topic, request.bytes)
            } catch {
                admission?.abandon(request.bytes)
                if error == .queueFull { break }
                guard error.code == .messageTooLarge else { throw error }
                ended(request.origin, .tooLarge)
            }
            next += 1
        }
        guard next > 0 else { return }
        unsent.removeFirst(next)
        next = 0
    }

    /// Takes what Kafka has acknowledged.
    ///
    /// - Throws: for a request that Kafka did not store.
    func takeDeliveries(timeout: Duration = .zero, _ ended: (Origin, Outcome) -> Void) throws {
        var failure: KafkaError?
        producer.drainDeliveries(max: 10_000, timeout: timeout) { delivery in
            // What was forgotten is another member's, or is read once more.
            guard let request = sent.removeValue(forKey: delivery.token) else { return }
            switch delivery.result {
            case .stored(let partition, let offset):
                admission?.stored(request.bytes, request.topic, partition, offset)
                ended(request.origin, .stored)
            case .failed(let error):
                admission?.abandon(request.bytes)
                if error.code == .messageTooLarge {
                    ended(request.origin, .tooLarge)
                } else {
                    failure = failure ?? error
                }
            }
        } notice: { notice in
            switch notice {
            case .error(let error): log.warning("Kafka has a problem", ["error": "\(error)"])
            case .fatal(let error): failure = failure ?? error
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .statistics: break
            }
        }
        if let failure = failure ?? producer.fatalError { throw failure }
    }

    /// Waits for no request any more. Those that were sent may be stored all the same.
    func forget() {
        for request in sent.values { admission?.abandon(request.bytes) }
        sent = [:]
        unsent = []
        next = 0
    }
}
