/// Cancelled requests: those of late, for the parts of them that are read later.
///
/// Bounded: the oldest
/// cancellation is forgotten first, and then a part that was deferred is purged after all, which harms nobody.
struct CancelledRequests {
    private static let most = 10_000
    private var namespaces: [RequestID: Namespace] = [:]
    private var order = RingBuffer<RequestID>()

    var isEmpty: Bool { namespaces.isEmpty }

    mutating func insert(_ id: RequestID, namespace: Namespace) {
        if namespaces.updateValue(namespace, forKey: id) == nil { order.append(id) }
        if order.count > Self.most, let oldest = order.popFirst() { namespaces[oldest] = nil }
    }

    /// Nobody calls off another namespace's requests.
    func contains(_ invalidation: Invalidation) -> Bool {
        namespaces[invalidation.id] == invalidation.namespace
    }
}
