internal import Basics
internal import Caches
public import Kafka
public import Runtime
internal import Synchronization
internal import TopicCatalogue

/// Log of writes: appends records, and says of each when all replicas in sync have it.
///
/// Any thread appends. Completions are called on the log's own thread, each exactly once.
public final class WriteLog: Sendable {
    public typealias Completion = @Sendable (Result<LogPosition, AppendError>) -> Void

    private struct Waiting {
        var completion: Completion
        var bytes: Int
        var producer: ObjectIdentifier
    }

    private struct State {
        var producer: KafkaProducer?
        var waiting: [UInt64: Waiting] = [:]
        var bytes = 0
        var lastToken: UInt64 = 0
        var isClosed = false
    }

    private static let retryAfter = Duration.seconds(1)
    private static let turnMax = Duration.milliseconds(100)

    public let partitionCount: Int32
    private let kafka: KafkaConfiguration
    private let settings: WriteLogSettings
    private let log: Log
    private let state: Mutex<State>
    private let ended = StopSignal()

    /// Waits until Kafka can take writes.
    ///
    /// - Throws: `KafkaError`, `SystemCallError`.
    public init(_ kafka: KafkaConfiguration, settings: WriteLogSettings = WriteLogSettings(), log: Log) throws {
        (self.kafka, self.settings, self.log) = (kafka, settings, log)
        let producer = try Self.makeProducer(kafka, settings)
        partitionCount = Int32(clamping: try producer.partitions(of: TopicName.cacheWrites) ?? 0)
        state = Mutex(State(producer: producer))
        try NamedThread.startThread("write-log") { [self] in takeDeliveries() }
    }

    /// Writes that are not acknowledged.
    public var pendingCount: Int { state.withLock { $0.waiting.count } }

    /// Appends a write.
    ///
    /// - Parameter completion: not called where this throws.
    /// - Throws: if the write is not in the log and will not be.
    public func append(_ record: WriteRecord, completion: @escaping Completion) throws(AppendError) {
        try append(nil, record.recordKey, record.recordValue, record.headers, completion)
    }

    /// Appends a claim of a partition. The same holds as for a write.
    func appendClaim(of partition: Int32, epoch: Int64, completion: @escaping Completion) throws(AppendError) {
        try append(partition, nil, nil, ClaimRecord.headers(epoch: epoch), completion)
    }

    private func append(
        _ partition: Int32?, _ key: [UInt8]?, _ value: [UInt8]?, _ headers: [KafkaHeader],
        _ completion: @escaping Completion
    ) throws(AppendError) {
        let sizes = (key?.count ?? 0) + (value?.count ?? 0) + headers.reduce(0) { $0 + ($1.value?.count ?? 0) }
        let (token, producer) = try admit(256 + sizes, completion)
        do throws(KafkaError) {
            try producer.send(
                topic: TopicName.cacheWrites, partition: partition, key: key, value: value, headers: headers,
                token: token)
        } catch {
            // Without it the completion was called already.
            guard remove(token) != nil else { return }
            switch error {
            case .queueFull: throw .overloaded(retryAfter: Self.retryAfter)
            case _ where error.code == .messageTooLarge: throw .refused("\(error)")
            default: throw .notStored("\(error)")
            }
        }
    }

    /// Waits for what is on its way, and ends the log. What is not acknowledged then ends as unknown.
    public func close(within deadline: Duration) {
        let end = MonotonicTime.now() + deadline
        state.withLock { $0.isClosed = true }
        while pendingCount > 0, MonotonicTime.now() < end { ended.waitForPhase(.stopping, timeout: .milliseconds(5)) }
        ended.stopNow()
        failAll("the process ends") { _ in true }
    }

    private func admit(_ bytes: Int, _ completion: @escaping Completion) throws(AppendError) -> (UInt64, KafkaProducer)
    {
        let admitted = state.withLock { state -> (UInt64, KafkaProducer)? in
            guard !state.isClosed, let producer = state.producer, state.waiting.count < settings.pendingMax,
                state.bytes + bytes <= settings.pendingBytesMax
            else { return nil }
            state.lastToken += 1
            state.bytes += bytes
            state.waiting[state.lastToken] = Waiting(
                completion: completion, bytes: bytes, producer: ObjectIdentifier(producer))
            return (state.lastToken, producer)
        }
        guard let admitted else { throw .overloaded(retryAfter: Self.retryAfter) }
        return admitted
    }

    private func remove(_ token: UInt64) -> Completion? {
        state.withLock { state in
            guard let waiting = state.waiting.removeValue(forKey: token) else { return nil }
            state.bytes -= waiting.bytes
            return waiting.completion
        }
    }

    private func failAll(_ reason: String, where matches: (ObjectIdentifier) -> Bool) {
        let tokens = state.withLock { $0.waiting.filter { matches($0.value.producer) }.keys.sorted() }
        for token in tokens { remove(token)?(.failure(.unknown(reason))) }
    }

    // MARK: The log's thread

    private func takeDeliveries() {
        while ended.phase == .running {
            guard let producer = state.withLock({ $0.producer }) else { return }
            producer.drainDeliveries(max: 1_000, timeout: Self.turnMax) {
                end($0)
            } notice: {
                tell($0)
            }
            if let fatal = producer.fatalError { replace(producer, fatal) }
        }
        state.withLock { $0.producer = nil }
    }

    private func end(_ delivery: Delivery) {
        guard let completion = remove(delivery.token) else { return }
        switch delivery.result {
        case .stored(let partition, let offset):
            completion(.success(LogPosition(partition: partition, offset: offset)))
        case .failed(let error) where delivery.mayBeStored: completion(.failure(.unknown("\(error)")))
        case .failed(let error): completion(.failure(.notStored("\(error)")))
        }
    }

    /// A producer that lost its order is of no use any more.
    private func replace(_ old: KafkaProducer, _ fatal: KafkaError) {
        log.error("the producer of writes ended, and another one takes over", ["error": "\(fatal)"])
        state.withLock { $0.producer = nil }
        old.flush(timeout: .seconds(1)) { end($0) }
        failAll("\(fatal)") { $0 == ObjectIdentifier(old) }
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(10))
        while ended.phase == .running {
            do {
                let producer = try Self.makeProducer(kafka, settings)
                return state.withLock { $0.producer = producer }
            } catch {
                let pause = backoff.next()
                log.warning("no producer of writes could be made", ["error": "\(error)", "after": "\(pause)"])
                ended.waitForPhase(.stopping, timeout: pause)
            }
        }
    }

    private func tell(_ event: KafkaNotice) {
        switch event {
        case .error(let error), .fatal(let error): log.warning("Kafka has a problem", ["error": "\(error)"])
        case .log(let line):
            log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
        case .statistics: break
        }
    }

    private static func makeProducer(
        _ kafka: KafkaConfiguration, _ settings: WriteLogSettings
    ) throws(KafkaError) -> KafkaProducer {
        // Somebody waits for each acknowledgement.
        var tuning = ProducerTuning(linger: .zero, deliveryTimeout: settings.deliveryTimeout)
        tuning.recordBytesMax = recordBytesMax
        // The library counts a record a moment longer than `admit`, which bounds what waits.
        tuning.queuedRecordsMax = 2 * settings.pendingMax
        let producer = try KafkaProducer(kafka, tuning)
        try producer.warmUp(topics: [TopicName.cacheWrites], timeout: settings.startTimeout)
        return producer
    }

    /// What the topics accept: the largest value, its tags, its key, and some more.
    static let recordBytesMax = 1_179_648
}
