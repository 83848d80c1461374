internal import HTTP
internal import Invalidations
internal import Runtime
internal import Synchronization

/// Counts who was not let pass, and logs some of them.
final class AccessWatch: Sendable {
    private struct LogState {
        /// A flood of refusals must not become one of lines.
        var limit = RateLimit(Rate(perSecond: 1, burst: 20))
        var unlogged = 0
    }

    private let counters: [AccessFault: Counter]
    private let log: Log
    private let state = Mutex(LogState())

    init(_ registry: MetricsRegistry, _ log: Log) {
        self.log = log
        counters = Dictionary(
            uniqueKeysWithValues: AccessFault.allCases.map { fault in
                let counter = registry.counter(
                    "cachesync_gateway_refused_total", help: "Requests that were not let pass, by reason.",
                    labels: ["reason": fault.rawValue])
                return (fault, counter)
            })
    }

    /// - Parameter name: of the principal; nil where nobody knows it. Never a credential.
    func refused(_ request: HTTPRequest, _ fault: AccessFault, by name: String? = nil) {
        counters[fault]?.increment()
        let now = MonotonicTime.now().nanoseconds
        let unlogged = state.withLock { state -> Int? in
            guard state.limit.available(now) >= 1 else {
                state.unlogged += 1
                return nil
            }
            state.limit.charge(1, now: now)
            defer { state.unlogged = 0 }
            return state.unlogged
        }
        guard let unlogged else { return }
        var fields: LogFields = [
            "reason": fault.rawValue, "http.method": request.method, "http.path": String(request.path.prefix(128)),
            "http.address": request.remoteAddress,
        ]
        if let name { fields.merge(["principal": name]) }
        if let certificate = request.clientCertificate { fields.merge(["certificate": certificate.shownName]) }
        if unlogged > 0 { fields.merge(["unlogged": unlogged]) }
        log.warning("a request was not let pass", fields)
    }

    /// Who has changed something, by which call, and from where.
    func changed(_ request: HTTPRequest, _ route: Route, status: Int) {
        // The log of requests tells it, too; a line for each would cost more than the request.
        let level: LogLevel = route.scope == .operate ? .info : .debug
        guard log.isEnabled(level) else { return }
        var fields: LogFields = [
            "principal": request.principal.name, "http.method": request.method,
            "http.path": String(request.path.prefix(128)), "http.address": request.remoteAddress,
            "http.status": status,
        ]
        // Beside the principal: the call may have had another credential.
        if let certificate = request.clientCertificate { fields.merge(["certificate": certificate.shownName]) }
        log.log(level, "audit", fields)
    }
}
