internal import CKafka

/// What went wrong with Kafka. The description is meant for a person and holds no secret.
public enum KafkaError: Error, Hashable, Sendable {
    /// A setting cannot be used as it is.
    case invalidConfiguration(String)
    /// The producer holds as many records as it may: take deliveries, then send again.
    case queueFull
    /// No such partition as far as is known; `partitions` is nil when nothing is known about the topic yet.
    case unknownPartition(TopicPartition, partitions: Int?)
    /// No answer in time.
    case timedOut(String)
    /// The client is of no use any more and must be made anew.
    case fatal(KafkaErrorCode, String)
    case failed(KafkaErrorCode, String)

    /// Kafka's number for it, where there is one.
    public var code: KafkaErrorCode? {
        switch self {
        case .fatal(let code, _), .failed(let code, _): code
        case .queueFull: .queueFull
        case .timedOut: .timedOut
        case .unknownPartition: .unknownPartition
        case .invalidConfiguration: nil
        }
    }
}

extension KafkaError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidConfiguration(let text): text
        case .queueFull: "the producer's queue is full"
        case .unknownPartition(let partition, nil):
            "\(partition): nothing is known about the topic's partitions (was the producer warmed up for it?)"
        case .unknownPartition(let partition, let count?): "\(partition): the topic has \(count) partitions"
        case .timedOut(let text): "no answer in time: \(text)"
        case .fatal(let code, let text): "fatal: \(text) (\(code.name))"
        case .failed(let code, let text): "\(text) (\(code.name))"
        }
    }
}

/// The number of an error: Kafka's own are positive, the client library's negative.
public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let offsetOutOfRange = KafkaErrorCode(rawValue: 1)
    public static let unknownTopicOrPartition = KafkaErrorCode(rawValue: 3)
    public static let messageTooLarge = KafkaErrorCode(rawValue: 10)
    public static let topicAlreadyExists = KafkaErrorCode(rawValue: 36)
    public static let unsupported = KafkaErrorCode(rawValue: 35)
    public static let timedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__TIMED_OUT)
    public static let queueFull = KafkaErrorCode(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    public static let unknownPartition = KafkaErrorCode(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    public static let unknownTopic = KafkaErrorCode(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    public static let authentication = KafkaErrorCode(RD_KAFKA_RESP_ERR__AUTHENTICATION)
    public static let allBrokersDown = KafkaErrorCode(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    public static let resolve = KafkaErrorCode(RD_KAFKA_RESP_ERR__RESOLVE)
    public static let transport = KafkaErrorCode(RD_KAFKA_RESP_ERR__TRANSPORT)
    /// The record could not be delivered within its time.
    public static let messageTimedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    /// There is no offset to begin from: none committed, or it lies outside of what the partition holds.
    public static let noStartOffset = KafkaErrorCode(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)

    /// The library's name for it, such as `_TIMED_OUT`.
    public var name: String {
        String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue)))
    }

    /// The library's sentence for it.
    public var text: String {
        String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(rawValue)))
    }

    init(_ native: rd_kafka_resp_err_t) {
        rawValue = native.rawValue
    }
}
