internal import Caches
internal import Invalidations
internal import Kafka
internal import Runtime

/// Applies what the log says to the store. It belongs to one thread.
final class InvalidationApplier {
    private let service: CacheService
    private let scheduledMax: Int
    private let decoder = RecordContentDecoder()
    private var scheduled = ScheduledInvalidations()

    init(_ service: CacheService, scheduledMax: Int) {
        self.service = service
        self.scheduledMax = scheduledMax
    }

    /// Whether another request may have to wait for its time.
    var hasCapacity: Bool { scheduled.count < scheduledMax }

    /// Where the oldest request of each partition stands that waits for its time.
    var heldOffsets: [TopicPartition: Int64] { scheduled.offsets }

    /// What cannot be read is passed over: workers and the view tell what became of it.
    func apply(_ record: borrowing KafkaRecord, _ now: Timestamp) {
        let time = record.timestamp.map { Timestamp(milliseconds: $0) } ?? now
        let headers = record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
        guard let request = try? decoder.decode(record.value, headers: headers, time: time, arrival: time) else {
            return service.metrics.unreadable.increment()
        }
        if let cancelled = request.cancels {
            scheduled.cancel(cancelled, in: request.namespace)
        } else if let due = request.notBefore, due > now {
            scheduled.add(request, due: due.milliseconds, from: record.partition, record.offset)
        } else {
            apply(request, isOrdered: true)
        }
    }

    /// Applies the requests whose time has come.
    func applyDue(_ now: Timestamp) {
        while let request = scheduled.pop(now) { apply(request, isOrdered: false) }
    }

    /// - Parameter isOrdered: other nodes apply it at the same position; one that waited they apply by their clocks.
    private func apply(_ request: Invalidation, isOrdered: Bool) {
        let identity = RequestIdentity(id: request.id, namespace: request.namespace)
        let isDone = service.appliedRequests.wasCalled(identity, request.selectors)
        service.apply(
            request.selectors, in: request.namespace, isSoft: request.mode == .soft,
            sparing: service.ownRequests.spared(request.id, request.namespace), isOrdered: isOrdered, isDone: isDone)
        service.appliedRequests.add(identity)
        service.metrics.applied.increment()
    }
}
