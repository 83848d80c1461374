internal import HTTP
internal import Invalidations

extension EdgeConfiguration {
    /// A call as the HTTP client makes it.
    func request(_ call: EdgeCall, headers: HTTPHeaderList) -> HTTPClientRequest {
        HTTPClientRequest(
            method: call.method, url: call.url, headers: call.headers.map { ($0.name, $0.value) },
            sharedHeaders: headers, body: call.body, timeout: timeout, tls: tls)
    }

    /// What came of it, without any of the edge's secrets.
    func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        let outcome = adapter.outcome(of: result, for: call)
        guard case .failed(let failure, let reach) = outcome else { return outcome }
        return .failed(
            PurgeFailure(
                failure.failureClass, credentials.removed(from: failure.message), status: failure.status,
                retryAfter: failure.retryAfter), reach)
    }
}
