internal import HTTP
internal import Invalidations

// Makes the HTTP request of one call to an edge.
extension EdgeConfiguration {
    /// A call as the HTTP client makes it.
    func request(_ call: EdgeCall, _ headers: inout HeaderLists, timeout: Duration? = nil) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: call.method, url: call.url, headers: call.headers.map { ($0.name, $0.value) }, body: call.body,
            timeout: timeout ?? self.timeout, tls: tls)
        request.keepsHeader = call.kinds.isEmpty
        if let target = call.requestTarget {
            // HTTP/2 has no request line.
            (request.target, request.version) = (target, .http1)
        }
        headers.apply(to: &request, call)
        return request
    }

    /// What came of it, without any of the edge's secrets.
    func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        let outcome = clear(adapter.outcome(of: result, for: call), result, call)
        guard case .failed(let failure, let reach) = outcome else { return outcome }
        let message = secrets.reduce(credentials.removed(from: failure.message)) { text, secret in
            text.replacing(secret, with: "(secret)")
        }
        return .failed(
            PurgeFailure(
                failure.failureClass, message, status: failure.status, retryAfter: failure.retryAfter,
                kinds: failure.kinds, isShared: failure.isShared), reach)
    }

    /// An answer too large to be read is one that is not understood.
    private func clear(_ outcome: CallOutcome, _ result: HTTPClientResult, _ call: EdgeCall) -> CallOutcome {
        guard case .failure(let failure) = result, failure.kind == .tooLarge,
            !call.kinds.isDisjoint(with: [.prefixes, .everything])
        else { return outcome }
        return UnclearAnswers.outcome(failure.message, status: nil, to: call)
    }
}
