internal import Admin
internal import HTTP
internal import Runtime

/// Leads each request to what answers it.
struct Router: Sendable {
    let tokens: BearerTokens
    let publisher: PublishHandler
    let statuses: StatusEndpoint
    let health: HealthEndpoint
    let registry: MetricsRegistry
    let metrics: GatewayMetrics

    /// Refuses what can be refused without its body, which is then not read: strangers cost no memory.
    ///
    /// - Returns: nil for a request that goes on to `answerRequest`.
    func screen(_ request: HTTPRequest) -> HTTPResponse? {
        let route = Route(path: request.path)
        let refusal = refusal(of: request, route)
        if let refusal { metrics.answered(route, status: refusal.status) }
        return refusal
    }

    private func refusal(of request: HTTPRequest, _ route: Route?) -> HTTPResponse? {
        guard let route else { return .notFound(request.path) }
        guard route.methods.contains(request.method) else {
            return .methodNotAllowed(request.method, allowed: route.methods)
        }
        guard request.method != "OPTIONS" else {
            return .empty(204).with("Allow", route.methods.joined(separator: ", "))
        }
        guard !route.isProtected || tokens.admit(request.headers.first("Authorization")) else {
            return Problems.unauthorised
        }
        if let refusal = Self.parameterRefusal(request, route) { return refusal }
        return route == .invalidate ? Self.bodyRefusal(request.headers) : nil
    }

    private static func parameterRefusal(_ request: HTTPRequest, _ route: Route) -> HTTPResponse? {
        guard let known = route.parameters else { return nil }
        var seen: Set<String> = []
        for (name, _) in request.query {
            guard known.contains(name) else { return Problems.unknownParameter(name, known: known) }
            guard seen.insert(name).inserted else { return Problems.invalidParameter(name, "given once") }
        }
        return nil
    }

    private static func bodyRefusal(_ headers: HTTPHeaders) -> HTTPResponse? {
        for coding in headers.all("Content-Encoding") where !HTTPHeaders.isSame(coding, "identity") {
            return Problems.unsupportedCoding(coding)
        }
        guard let type = headers.first("Content-Type"), !MediaType.isJSON(type) else { return nil }
        return Problems.unsupportedType(type)
    }

    /// - Parameter request: one that `screen` has let pass.
    func answerRequest(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let route = Route(path: request.path)
        let answer: Answer = { [metrics] response in
            metrics.answered(route, status: response.status)
            responder.respond(response)
        }
        switch route {
        case .invalidate:
            publisher.accept(request, calledOff: { statuses.statusService.find($0, isPatient: false) }, answer)
        case .statuses: statuses.answerListOrOne(request, answer)
        case .status(let id): statuses.answer(id, request, answer)
        case .live: answer(HealthChecks.liveness())
        case .ready: answer(health.ready())
        case .metrics: answer(registry.response)
        case nil: answer(.notFound(request.path))
        }
    }
}
