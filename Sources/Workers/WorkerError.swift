public import Runtime

/// Why a worker refuses to run. Each says what to do.
public enum WorkerError: ExitCodeError, Hashable, Sendable, CustomStringConvertible {
    case missingTopics([String])
    /// By topic.
    case unequalPartitions([String: Int])
    /// The group gave this worker the partition of one topic and not of the other.
    case splitAssignment(partition: Int32, has: String, lacks: String)

    public var exitCode: ExitCode { .configuration }

    public var description: String {
        switch self {
        case .missingTopics(let topics):
            "there is no topic \(topics.joined(separator: ", ")): create what is missing with `cachesync topics apply`"
        case .unequalPartitions(let counts):
            """
            topics differ in their numbers of partitions \
            (\(counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))), so that \
            nobody would own the whole trace of a namespace, or a dead letter would have no index: bring all of them \
            to \(counts.values.max() ?? 0) with kafka-topics.sh --alter --topic NAME --partitions \
            \(counts.values.max() ?? 0), when what is published has been worked off, for namespaces change partitions
            """
        case .splitAssignment(let partition, let owned, let missing):
            """
            the group gave this worker partition \(partition) of \(owned) but not of \(missing): another member reads \
            other topics. All workers of a group must have the same version and retry tiers: stop the others, or \
            give these a group of their own
            """
        }
    }
}
