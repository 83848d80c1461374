internal import Invalidations

/// Requests of the log that must not be applied before their time.
struct ScheduledInvalidations {
    private var waiting: [RequestIdentity: Invalidation] = [:]
    private var queue = TimerQueue<RequestIdentity>()

    var count: Int { queue.count }

    /// - Parameter due: milliseconds since 1970.
    mutating func add(_ request: Invalidation, due: Int64) {
        let identity = RequestIdentity(id: request.id, namespace: request.namespace)
        waiting[identity] = request
        queue.add(identity, due: due)
    }

    /// A request that is called off is not applied.
    mutating func cancel(_ id: RequestID, in namespace: Namespace) {
        waiting[RequestIdentity(id: id, namespace: namespace)] = nil
    }

    /// The next request whose time has come.
    mutating func pop(_ now: Timestamp) -> Invalidation? {
        while let identity = queue.pop(dueBy: now.milliseconds) {
            if let request = waiting.removeValue(forKey: identity) { return request }
        }
        return nil
    }
}
