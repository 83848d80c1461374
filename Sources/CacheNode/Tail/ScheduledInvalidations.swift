internal import Invalidations
internal import Kafka

/// Requests of the log that must not be applied before their time.
struct ScheduledInvalidations {
    private struct Waiting {
        let request: Invalidation
        let partition: TopicPartition
        let offset: Int64
    }

    private var waiting: [RequestIdentity: Waiting] = [:]
    private var queue = TimerQueue<RequestIdentity>()
    /// Where the oldest one of each partition stands. It may be lower than that until `offsets` is asked for.
    private var lowest: [TopicPartition: Int64] = [:]
    private var isLowestOld = false

    var count: Int { queue.count }

    /// Where the oldest one of each partition stands.
    var offsets: [TopicPartition: Int64] {
        mutating get {
            if isLowestOld {
                lowest = [:]
                for one in waiting.values { lowest[one.partition] = min(one.offset, lowest[one.partition] ?? .max) }
                isLowestOld = false
            }
            return lowest
        }
    }

    /// - Parameter due: milliseconds since 1970.
    mutating func add(_ request: Invalidation, due: Int64, from partition: TopicPartition, _ offset: Int64) {
        let identity = RequestIdentity(id: request.id, namespace: request.namespace)
        waiting[identity] = Waiting(request: request, partition: partition, offset: offset)
        lowest[partition] = min(offset, lowest[partition] ?? .max)
        queue.add(identity, due: due)
    }

    /// A request that is called off is not applied.
    mutating func cancel(_ id: RequestID, in namespace: Namespace) {
        waiting[RequestIdentity(id: id, namespace: namespace)] = nil
        isLowestOld = true
    }

    /// The next request whose time has come.
    mutating func pop(_ now: Timestamp) -> Invalidation? {
        while let identity = queue.pop(dueBy: now.milliseconds) {
            if let next = waiting.removeValue(forKey: identity) {
                isLowestOld = true
                return next.request
            }
        }
        return nil
    }
}
