internal import CKafka

// Leaves the group and closes the consumer.
extension KafkaConsumer {
    /// Leaves the group and frees everything. Commit first; a revocation is no longer told.
    ///
    /// - Returns: false when that took longer than `deadline`: then the group misses this member only at the end
    ///   of its session, and the library's threads end with the process.
    @discardableResult
    public func close(deadline: Duration) -> Bool {
        guard control != nil else { return true }
        let deadline = Deadline(deadline)
        // Closing waits for everyone who still holds a queue.
        release()
        let hasLeft = leave(deadline)
        return client.destroy(within: deadline) && hasLeft
    }

    private func leave(_ deadline: Deadline) -> Bool {
        let farewell = EventQueue(rd_kafka_queue_new(client.handle), of: client)
        if let error = rd_kafka_consumer_close_queue(client.handle, farewell.pointer) {
            // Only a consumer that never had a group says so: there is nothing to leave.
            rd_kafka_error_destroy(error)
            return true
        }
        // Only now, so that the library leaves in place of joining anew: a broker reads what comes behind a join, such
        // as a leave, when everybody else has joined, too.
        if isRevoking { rd_kafka_assign(client.handle, nil) }
        while rd_kafka_consumer_closed(client.handle) == 0 {
            guard !deadline.hasPassed else { return false }
            let isRebalance = farewell.next(timeout: min(deadline.millisecondsLeft, 50)) {
                rd_kafka_event_type($0) == RD_KAFKA_EVENT_REBALANCE
            }
            if isRebalance == true { rd_kafka_assign(client.handle, nil) }
        }
        return true
    }
}
