internal import Admin
internal import HTTP
internal import Runtime

/// Leads each request to what answers it.
struct Router: Sendable {
    let tokens: BearerTokens
    let intake: Intake
    let statuses: StatusEndpoint
    let health: HealthEndpoint
    let registry: MetricsRegistry
    let metrics: GatewayMetrics

    func serve(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let route = Route(path: request.path)
        let answer: Answer = { [metrics] response in
            metrics.answered(route, status: response.status)
            responder.respond(response)
        }
        guard let route else { return answer(.notFound(request.path)) }
        guard route.methods.contains(request.method) else {
            return answer(.methodNotAllowed(request.method, allowed: route.methods))
        }
        guard request.method != "OPTIONS" else {
            return answer(.empty(204).with("Allow", route.methods.joined(separator: ", ")))
        }
        guard !route.isProtected || tokens.admit(request.headers.first("Authorization")) else {
            return answer(Problems.unauthorised)
        }
        switch route {
        case .invalidate: intake.accept(request, answer)
        case .statuses: statuses.answerListOrOne(request, answer)
        case .status(let id): statuses.answer(id, request, answer)
        case .live: answer(HealthBoard.liveness())
        case .ready: answer(health.ready())
        case .metrics: answer(registry.response)
        }
    }
}
