internal import Invalidations

/// What a worker hands to its producer, on its way to the broker and back.
final class ProducedRecord {
    /// What the worker meant when it wrote the record.
    enum Content {
        case retryRecord(RetryRecord)
        case deadLetter(DeadLetter)
        case report(RequestReport)
    }

    let worker: SimulatedWorker
    let producer: SimulatedProducer
    let number: DeliveryNumber
    let topic: String
    /// Nil for the one that the key says.
    let partition: Int32?
    /// Key, value and all headers.
    let record: OriginalRecord
    let content: Content
    /// When it reaches the broker.
    var storedAt: SimulatedTime = 0
    var isStored = true
    /// Whether the worker hears that it was stored.
    var isAcknowledged = true
    /// Where it stands, once it is stored on a retry topic.
    var offset: Int64 = 0

    init(
        worker: SimulatedWorker, producer: SimulatedProducer, number: DeliveryNumber, topic: String, partition: Int32?,
        record: OriginalRecord, content: Content
    ) {
        self.worker = worker
        self.producer = producer
        self.number = number
        self.topic = topic
        self.partition = partition
        self.record = record
        self.content = content
    }
}
