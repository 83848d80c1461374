public import Gateway
public import HTTP
public import Kafka
public import Replays
public import Runtime
public import Storage
public import Views

// The exit codes that errors of the modules below stand for; those modules know nothing of commands.

extension KafkaError: ExitCodeError {
    public var exitCode: ExitCode {
        switch self {
        case .invalidConfiguration: .configuration
        case .timedOut: .unavailable
        case .queueFull: .temporary
        case .unknownPartition: .failure
        case .fatal(let code, _), .failed(let code, _): code.exitCode
        }
    }
}

extension KafkaError {
    /// What to look at first; nil where the error says so itself.
    var hint: String? {
        exitCode == .unavailable ? "is Kafka running, and is it where --brokers (kafka.brokers) says?" : nil
    }
}

extension KafkaErrorCode {
    /// Of a topic, a group and the cluster: the rights of this user do not suffice.
    private static let refusals = (29...31).map { KafkaErrorCode(rawValue: $0) }

    fileprivate var exitCode: ExitCode {
        switch self {
        case .authentication: .configuration
        case let code where Self.refusals.contains(code): .configuration
        case .timedOut, .messageTimedOut, .allBrokersDown, .resolve, .transport: .unavailable
        case .unknownTopic, .unknownTopicOrPartition: .notFound
        default: .failure
        }
    }
}

extension KeyError: ExitCodeError {
    public var exitCode: ExitCode {
        switch self {
        case .invalid, .tooMany: .dataError
        case .unknown: .notFound
        case .noRandomBytes: .software
        }
    }
}

extension StorageError: ExitCodeError {
    public var exitCode: ExitCode {
        switch self {
        case .corrupt, .newerSchema: .dataError
        case .busy, .full, .locked: .temporary
        case .readOnly, .cannotOpen, .inputOutput: .unavailable
        case .constraint, .other: .failure
        }
    }
}

extension ViewError: ExitCodeError {
    public var exitCode: ExitCode {
        switch self {
        case .damaged, .topicRecreated, .fewerPartitions: .dataError
        case .fenced: .failure
        }
    }
}

extension HTTPServerError: ExitCodeError {
    /// The address to listen at can't be had.
    public var exitCode: ExitCode { .unavailable }
}

extension RunError: ExitCodeError {
    public var exitCode: ExitCode {
        switch self {
        case .invalid, .notReachable, .countDiffers: .dataError
        case .cannotChange: .failure
        }
    }
}
