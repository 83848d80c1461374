internal import Invalidations

/// What a worker hands to its producer, on its way to the broker and back.
final class ProducedRecord {
    enum Content {
        case retryRecord(RetryRecord)
        case deadLetter(DeadLetter)
        case report(RequestReport)
    }

    let worker: SimulatedWorker
    let number: DeliveryNumber
    let content: Content
    /// When it reaches the broker.
    var storedAt: SimulatedTime = 0
    var isStored = true
    /// Whether the worker hears that it was stored.
    var isAcknowledged = true

    init(worker: SimulatedWorker, number: DeliveryNumber, content: Content) {
        self.worker = worker
        self.number = number
        self.content = content
    }
}
