package import Invalidations
package import Kafka

/// Records that a run reads: what is left of its ranges.
package protocol RunRecords: AnyObject {
    /// By partition, the offset that is read next.
    var positions: [TopicPartition: Int64] { get }

    /// Reads what must be known before anything is decided.
    func prepare() throws -> RunReading

    /// Reads on, and hands over what is decided about each record that is wanted.
    ///
    /// - Parameter wants: whether anything is to be decided about the record.
    /// - Returns: with the reading how many records were removed before they were read.
    func read(
        max: Int, wants: (RunOrigin) -> Bool,
        _ body: (RunOrigin, RunDecision<RunPublication>) throws -> Void
    ) throws -> (reading: RunReading, lost: Int64)

    func close()
}

/// Topic that a run writes: takes records, and tells what became of them.
package protocol RunTarget: AnyObject {
    /// Hands a record over, for the partition of its origin's number; does not wait.
    func send(_ publication: RunPublication, token: UInt64) throws

    /// Tells what is known of records now; does not wait.
    ///
    /// - Throws: when the target is of no use any more.
    func takeDeliveries(_ body: (Delivery) -> Void) throws

    func close()
}

/// What workers have made of a run's records.
package protocol RunOutcomes: AnyObject {
    /// By partition of the topic that is written, the offset below which workers have finished all.
    func finished(_ partitions: [Int32]) throws -> [Int32: Int64]

    /// What the view knows of a request.
    func record(_ identity: RequestIdentity) throws -> StatusRecord?

    func close()
}
