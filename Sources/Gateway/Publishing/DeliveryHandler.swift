internal import Kafka
internal import Runtime

/// What a delivery loop looks after: records on their way into Kafka.
protocol DeliveryHandler: AnyObject, Sendable {
    var invalidations: Outlet { get }

    /// Goes on with what Kafka has acknowledged or refused since.
    ///
    /// - Returns: whether there may be more.
    func settle(max: Int, notice: (KafkaNotice) -> Void) -> Bool

    /// Answers those whose time is over.
    func giveUpOverdue(now: MonotonicTime)
}
