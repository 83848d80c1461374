internal import Admin
internal import HTTP
internal import Replays
internal import Runtime

/// Leads each request to what answers it.
///
/// A class, because every request's answer refers to it: a copy of all its parts would cost more than the routing.
final class Router: Sendable {
    private let entrance: Entrance
    private let publisher: PublishHandler
    private let dialects: DialectEndpoint
    private let statuses: StatusEndpoint
    private let events: EventsEndpoint
    private let runs: RunsEndpoint
    private let deadLetters: DeadLettersEndpoint
    private let oversight: OversightEndpoint
    private let health: HealthEndpoint
    private let pages: PagesEndpoint
    private let viewWork: ViewWork
    private let links: StatusLinks
    private let registry: MetricsRegistry
    private let metrics: GatewayMetrics

    init(
        entrance: Entrance, publisher: PublishHandler, dialects: DialectEndpoint, statuses: StatusEndpoint,
        events: EventsEndpoint, runs: RunsEndpoint, deadLetters: DeadLettersEndpoint, oversight: OversightEndpoint,
        health: HealthEndpoint, pages: PagesEndpoint, viewWork: ViewWork, links: StatusLinks,
        registry: MetricsRegistry, metrics: GatewayMetrics
    ) {
        (self.entrance, self.publisher, self.dialects, self.statuses) = (entrance, publisher, dialects, statuses)
        (self.events, self.runs, self.deadLetters, self.oversight) = (events, runs, deadLetters, oversight)
        (self.health, self.pages, self.viewWork, self.links) = (health, pages, viewWork, links)
        (self.registry, self.metrics) = (registry, metrics)
    }

    /// Refuses what can be refused without its body, which is then not read: strangers cost no memory.
    ///
    /// - Returns: nil for a request that goes on to `answerRequest`.
    func screen(_ request: inout HTTPRequest) -> HTTPResponse? {
        let route = Route(request)
        let refusal = refusal(of: &request, route).map { [request] in
            complete(shape(links.completed($0), route), to: request, route)
        }
        if let refusal { metrics.answered(route, status: refusal.status) }
        return refusal
    }

    /// What the server refuses of itself has the form of its dialect, too.
    func shapeRefusal(of request: HTTPRequest, _ response: HTTPResponse) -> HTTPResponse {
        let route = Route(request)
        return complete(shape(response, route), to: request, route)
    }

    /// What every answer says, whatever it is about.
    private func complete(_ response: HTTPResponse, to request: HTTPRequest, _ route: Route?) -> HTTPResponse {
        var response = ConditionalAnswer.complete(response, to: request, route)
        response.headers += entrance.rules.crossOrigins.fields(for: request)
        return response
    }

    private func shape(_ response: HTTPResponse, _ route: Route?) -> HTTPResponse {
        guard case .dialect(let dialect) = route else { return response }
        return dialects.shape(response, dialect)
    }

    private func refusal(of request: inout HTTPRequest, _ route: Route?) -> HTTPResponse? {
        guard let route else { return Problems.notFound(request.path) }
        guard route.methods.contains(request.method) else {
            return Problems.methodNotAllowed(request.method, allowed: route.methods)
        }
        guard request.method != "OPTIONS" else {
            var answer = HTTPResponse.empty(204).with("Allow", route.methods.joined(separator: ", "))
            answer.headers += entrance.rules.crossOrigins.preflightFields(for: request, methods: route.methods)
            return answer
        }
        let authorization = Self.authorization(request.headers, route)
        if let refusal = entrance.refusal(of: &request, route, authorization) { return refusal }
        if let refusal = Self.parameterRefusal(request, route) { return refusal }
        return ["POST", "PATCH"].contains(request.method) ? Self.bodyRefusal(request.headers, route) : nil
    }

    /// Clients of a dialect may send the token in a field of its own.
    private static func authorization(_ headers: HTTPHeaders, _ route: Route) -> String? {
        keyField(headers, route).map { "Bearer \($0)" } ?? headers.first("Authorization")
    }

    private static func keyField(_ headers: HTTPHeaders, _ route: Route) -> String? {
        guard case .dialect(let dialect) = route else { return nil }
        return type(of: dialect).keyField.flatMap { headers.first($0) }
    }

    private static func parameterRefusal(_ request: HTTPRequest, _ route: Route) -> HTTPResponse? {
        guard let known = route.parameters(of: request.method) else { return nil }
        var seen: Set<String> = []
        for (name, _) in request.query {
            guard known.contains(name) else { return Problems.unknownParameter(name, known: known) }
            guard seen.insert(name).inserted else { return Problems.invalidParameter(name, "given once") }
        }
        return nil
    }

    private static func bodyRefusal(_ headers: HTTPHeaders, _ route: Route) -> HTTPResponse? {
        for coding in headers.all("Content-Encoding") where !HTTPHeaders.isSame(coding, "identity") {
            return Problems.unsupportedCoding(coding)
        }
        // A page of another origin cannot send such a field unasked; many clients call what they send a form.
        guard keyField(headers, route) == nil else { return nil }
        guard let type = headers.first("Content-Type"), !MediaType.isJSON(type) else { return nil }
        if case .invalidate = route, MediaType.isLines(type) { return nil }
        return Problems.unsupportedType(type)
    }

    /// - Parameter request: one that `screen` has let pass.
    func answerRequest(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let route = request.route
        let head = request.withoutBody
        let answer: Answer = { [self] response in
            let response = complete(links.completed(response), to: head, route)
            metrics.answered(route, status: response.status)
            if let route, response.status < 300, !["GET", "HEAD"].contains(head.method) {
                entrance.watch.changed(head, route, status: response.status)
            }
            responder.respond(response)
        }
        guard let route, route.asksView else { return answerRequest(request, route, responder, answer) }
        viewWork.run(answer) { [self] in answerRequest(request, route, responder, answer) }
    }

    private func answerRequest(
        _ request: HTTPRequest, _ route: Route?, _ responder: HTTPResponder, _ answer: @escaping Answer
    ) {
        switch route {
        case .invalidate: publisher.acceptOrPlan(request, answer)
        case .invalidation(let id): publisher.cancel(id, request, answer)
        case .dialect(let dialect): dialects.accept(dialect, request, answer)
        case .statuses: statuses.answerListOrOne(request, answer)
        case .status(let id): statuses.answer(id, request, answer)
        case .statusCounts: answer(statuses.countByMinute(request))
        case .failingEdges: answer(statuses.listFailingEdges(request))
        case .statusEvents(let id):
            if events.follow(id, request, responder, answer) { metrics.answered(route, status: 200) }
        case .events: if events.listen(request, responder, answer) { metrics.answered(route, status: 200) }
        case .runs: runs.listOrOrder(request, answer)
        case .run(let id): runs.showOrChange(id, request, answer)
        case .redrive: runs.order(.redrive, request, answer)
        case .discard: runs.order(.discard, request, answer)
        case .deadLetters: answer(deadLetters.list(request))
        case .deadLetter(let name): deadLetters.show(name, request.principal.grant, answer)
        case .deadLetterValue(let name): deadLetters.showValue(name, request.principal.grant, answer)
        case .exportedDeadLetters: deadLetters.export(request, answer)
        case .access: answer(oversight.showAccess(request))
        case .namespaces: answer(oversight.listNamespaces(request))
        case .lag: oversight.tellLag(answer)
        case .audit: answer(oversight.listAudit(request))
        case .keys: answer(oversight.listKeys(request))
        case .live: answer(HealthChecks.liveness())
        case .ready: answer(health.ready())
        case .metrics: answer(registry.response)
        case .workerMetrics: oversight.showWorkers(answer)
        case .openAPI: answer(pages.openAPI)
        case .docs: answer(pages.docs)
        case .problems: answer(pages.problems(request))
        case .problem(let name): answer(pages.problem(name, request))
        case .file(let file): answer(file.response)
        case .console(let file): answer(file.response)
        case nil: answer(Problems.notFound(request.path))
        }
    }
}
