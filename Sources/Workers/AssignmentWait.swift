import Kafka
import Runtime

/// How long a worker has been waiting for partitions, and when to say so.
struct AssignmentWait {
    /// An ordinary rebalance is over by then.
    private static let patience = Duration.seconds(2)
    private static let interval = Duration.seconds(10)

    private let needsGroup: Bool
    private(set) var isOver: Bool
    private var since: MonotonicTime
    private var nextWord: MonotonicTime

    init(_ configuration: WorkerConfiguration, now: MonotonicTime) {
        needsGroup = configuration.partitionSource == .group
        isOver = !needsGroup
        since = now
        nextWord = since + Self.patience
    }

    mutating func begin(now: MonotonicTime) {
        guard needsGroup, isOver else { return }
        isOver = false
        since = now
        nextWord = since + Self.patience
    }

    mutating func end() { isOver = true }

    /// - Returns: for how long it has been waiting, when it is time to say so again.
    mutating func word(now: MonotonicTime) -> Duration? {
        guard !isOver, now >= nextWord else { return nil }
        nextWord = now + Self.interval
        return now - since
    }
}

extension WorkerLoop {
    /// A group that rebalances is silent, and some of its waits are long: somebody may watch.
    func sayWhatIsWaitedFor() {
        guard !source.isLeaving, let waited = wait.word(now: monotonicNow) else { return }
        var fields: LogFields = [
            "kafka.group": configuration.group, "waited": "\(waited.wholeSeconds) s",
            "session.timeout": "\(configuration.sessionTimeout.wholeSeconds) s",
        ]
        if let group {
            fields.merge(["group.state": group.state.rawValue, "group.members": group.members.count])
        }
        log.info(
            "waiting for the group to share out the partitions: every member must join again first; one that died is "
                + "waited for until its session has timed out", fields)
    }
}

extension Duration {
    fileprivate var wholeSeconds: Int64 { components.seconds }
}
