internal import CKafka

/// Reads records. It belongs to one thread.
///
/// What is not a record comes from `poll`; the records of each partition wait in a queue of their own until
/// `records` takes them. A partition that is not read fills up to its limit and holds nobody else up.
public final class KafkaConsumer {
    private static let events =
        RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_FETCH
        | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG

    let client: KafkaClient
    let group: String?
    private(set) var control: EventQueue?
    private var queues: [TopicPartition: PartitionQueue] = [:]
    private var wakeDescriptor: Int32 = -1
    private var wakeDescriptorsByTopic: [String: Int32] = [:]
    /// Whether a revocation was told and is still to be answered.
    var isRevoking = false
    /// Set while a closure runs that must not change what is being read.
    private var isReading = false

    /// - Throws: `invalidConfiguration`.
    public init(_ configuration: KafkaConfiguration, _ tuning: ConsumerTuning) throws(KafkaError) {
        // The library wants a name in any case; without a group of our own nothing is ever committed to it.
        let group = configuration.naming.onCluster(tuning.group ?? "\(configuration.clientID)-reader")
        let settings = ConsumerSettings.table(tuning, group: group)
        client = try KafkaClient(RD_KAFKA_CONSUMER, configuration, settings, events: Self.events)
        self.group = tuning.group
        rd_kafka_poll_set_consumer(client.handle)
        control = EventQueue(rd_kafka_queue_get_consumer(client.handle), of: client)
    }

    /// Not leaving the group: see `close`.
    deinit { dropQueues() }

    /// The partitions that are read now.
    public var assignment: [TopicPartition] { queues.keys.sorted() }

    /// Joins the group; the partitions come as `assigned`.
    public func subscribe(_ topics: [String]) throws(KafkaError) {
        precondition(group != nil, "only a member of a group can subscribe")
        let list = PartitionList(topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) }, client.naming)
        try check(rd_kafka_subscribe(client.handle, list.pointer), "subscribe")
    }

    /// Reads these partitions from there on, and no others, without asking the group.
    public func assignPartitions(_ partitions: [TopicPartitionOffset]) throws(KafkaError) {
        precondition(!isReading, "a partition's records are being read")
        dropQueues()
        isRevoking = false
        for partition in partitions {
            let partition = partition.partition
            queues[partition] = try PartitionQueue(partition, of: client, wake: descriptor(for: partition))
        }
        let list = PartitionList(partitions, client.naming)
        try check(rd_kafka_assign(client.handle, list.pointer), "assign")
    }

    /// Answers `assigned`: reads the partitions, each from its offset.
    public func acceptAssignment(_ partitions: [TopicPartitionOffset]) throws(KafkaError) {
        try assignPartitions(partitions)
    }

    /// Answers `revoked`: reads nothing until partitions are assigned again.
    public func acceptRevocation() throws(KafkaError) {
        precondition(!isReading, "a partition's records are being read")
        dropQueues()
        isRevoking = false
        try check(rd_kafka_assign(client.handle, nil), "unassign")
    }

    /// Writes a byte to the non-blocking `descriptor` when something comes after there was nothing; it is
    /// written once, so what is woken must take all. Holds for partitions assigned later, too.
    ///
    /// - Parameter topics: descriptors of their own for the records of some topics.
    public func wake(on descriptor: Int32, topics: [String: Int32] = [:]) {
        wakeDescriptor = descriptor
        wakeDescriptorsByTopic = topics
        control?.wake(on: descriptor)
        client.log.wake(on: descriptor)
        for queue in queues.values { queue.wake(on: self.descriptor(for: queue.partition)) }
        wakeNow(descriptor)
    }

    private func descriptor(for partition: TopicPartition) -> Int32 {
        wakeDescriptorsByTopic[partition.topic] ?? wakeDescriptor
    }

    /// Takes events, waiting at most `timeout` for the first. Must be called at least once within the
    /// tuning's `pollIntervalMax`, whether or not anything comes: who is silent for longer is thrown out of the group.
    ///
    /// - Returns: how many; fewer than `max` means that no more had come.
    @discardableResult
    public func poll(max: Int = 64, timeout: Duration = .zero, _ body: (ConsumerEvent) -> Void) -> Int {
        var count = 0
        var wait = timeout.milliseconds
        while count < max, let control, let event = rd_kafka_queue_poll(control.pointer, wait) {
            wait = 0
            count += 1
            if let value = takeEvent(event) { body(value) }
        }
        for error in client.errors.takeErrors() { body(.error(error)) }
        for line in client.log.takeLines() { body(.log(line)) }
        return count
    }

    /// Hands out waiting records of a partition, in order. The closure must not call the consumer.
    ///
    /// - Returns: nothing read when the partition is not assigned (any more).
    /// - Throws: what Kafka says about the partition, such as `offsetOutOfRange` or `noStartOffset`; the records
    ///   before it were handed out.
    public func records(
        of partition: TopicPartition, max: Int, _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) -> DrainedRecords {
        guard let queue = queues[partition] else { return DrainedRecords(isEmpty: true) }
        isReading = true
        defer {
            isReading = false
            // For `poll` to tell them.
            if !client.errors.isEmpty { wakeNow(wakeDescriptor) }
        }
        return try queue.drain(max: max, body)
    }

    /// Takes over an event; nil when there is nothing to tell now.
    private func takeEvent(_ event: OpaquePointer) -> ConsumerEvent? {
        guard let early = EarlyEvent(event, client.naming) else {
            defer { rd_kafka_event_destroy(event) }
            return value(of: event)
        }
        switch (queues[early.partition], early.content) {
        case (let queue?, _):
            do throws(KafkaError) { try queue.keep(early) } catch { return .error(error) }
            return nil
        // Left over from an assignment that has ended.
        case (nil, .record): return nil
        case (nil, .end(let offset)): return .endOfPartition(early.partition, offset: offset)
        case (nil, .error(let error)): return .error(error)
        }
    }

    func dropQueues() {
        queues.removeAll()
    }

    /// Gives up everything but the client, which is needed for closing.
    func release() {
        precondition(!isReading, "a partition's records are being read")
        dropQueues()
        control = nil
    }
}
