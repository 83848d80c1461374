package import HTTP
package import Invalidations
package import Runtime

/// What became of a request that another server wanted published.
package enum PublishOutcome: Sendable {
    /// Kafka has it.
    case stored
    /// Kafka does not have it.
    case refused(String)
    /// Kafka may have it or not.
    case unknown(String)

    /// Why it is no success; nil where it is one.
    package var fault: String? {
        switch self {
        case .stored: nil
        case .refused(let reason): reason
        case .unknown(let reason): "\(reason) (it may be published all the same)"
        }
    }
}

/// Publishes requests for another server, and says when Kafka has them.
package final class ScopedPublisher: Sendable {
    private let requests: PendingRequests
    private let deliveries: DeliveryLoop

    /// - Parameters:
    ///   - configuration: its cluster, its topics and its time-out count.
    ///   - backlogGuard: says whether the log has capacity; nil where it always has.
    ///   - replaced: counts producers that were replaced after a fatal error.
    /// - Throws: `KafkaError` for a configuration that cannot be used, and the system's errors.
    package init(
        _ configuration: GatewayConfiguration, backlogGuard: (any PublishGuard)?, replaced: Counter, log: Log
    ) throws {
        let pipe = try WakePipe()
        requests = PendingRequests(configuration, try Outlet(configuration, pipe), backlogGuard: backlogGuard)
        deliveries = DeliveryLoop(requests, pipe: pipe, log: log, replaced: replaced)
    }

    /// Hears what Kafka says until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`
    package func run() throws { try deliveries.run() }

    /// From any thread.
    ///
    /// - Parameters:
    ///   - request: the call that asks for it: its trace and its sender travel along.
    ///   - answer: called once, also on the thread of the acknowledgements.
    package func publish(
        _ invalidation: Invalidation, for request: HTTPRequest, _ answer: @escaping @Sendable (PublishOutcome) -> Void
    ) {
        let headers = TraceContext.headers(of: request) + PrincipalHeader.headers(of: request.principal)
        requests.publish(invalidation, headers, answer)
    }

    /// Answers all that wait, accepts no more, and lets `run` return.
    package func close() {
        requests.close()
        deliveries.close()
    }
}
