internal import HTTP
internal import Invalidations
internal import JSON
internal import Replays

/// `/replays`, `/replays/{id}`, and the orders of `/dead/redrive` and `/dead/discard`.
struct RunsEndpoint: Sendable {
    static let limitMax = 500
    private static let limitDefault = 50

    private let service: RunService
    private let waitMax: Duration
    private let parsers: SharedSlots<JSONParser>

    /// - Parameter threads: that serve requests.
    init(service: RunService, waitMax: Duration, threads: Int) {
        self.service = service
        self.waitMax = waitMax
        parsers = SharedSlots(count: threads) {
            JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)
        }
    }

    func listOrOrder(_ request: HTTPRequest, _ answer: @escaping Answer) {
        if request.method == "POST" { order(.replay, request, answer) } else { answer(list(request)) }
    }

    func showOrChange(_ id: String, _ request: HTTPRequest, _ answer: @escaping Answer) {
        guard Replay.isRun(id) else { return answer(Problems.unknownRun(id)) }
        if request.method == "PATCH" { change(id, request, answer) } else { show(id, request, answer) }
    }

    func order(_ kind: RunOrder.Kind, _ request: HTTPRequest, _ answer: @escaping Answer) {
        guard let who = OperatorName.of(request) else { return answer(Problems.invalidOperator) }
        guard let id = Self.runID(of: request) else { return answer(Problems.invalidIdempotencyKey) }
        do {
            let body = try parse(request) { try RunBody(kind, $0, now: .now()) }
            guard request.principal.grant.covers(body.spec.namespaces) else {
                return answer(Problems.namespacesNotGranted)
            }
            service.order(body, run: id, who: who, answer)
        } catch {
            answer(Self.refusal(of: error))
        }
    }

    private func change(_ id: String, _ request: HTTPRequest, _ answer: @escaping Answer) {
        guard let who = OperatorName.of(request) else { return answer(Problems.invalidOperator) }
        do {
            let change = try parse(request) { try RunChange($0) }
            service.change(id, change, who: who, request.principal.grant, answer)
        } catch {
            answer(Self.refusal(of: error))
        }
    }

    private func show(_ id: String, _ request: HTTPRequest, _ answer: @escaping Answer) {
        do throws(ParameterError) {
            let wait = try WaitParameter.read(request, max: waitMax)
            service.show(id, wait: wait, request.principal.grant, answer)
        } catch {
            answer(Problems.invalidParameter(error.name, error.demand))
        }
    }

    private func list(_ request: HTTPRequest) -> HTTPResponse {
        // The list is of all namespaces.
        guard request.principal.grant.covers(nil) else { return Problems.namespacesNotGranted }
        do throws(ParameterError) {
            let limit = try LimitParameter.read(request, max: Self.limitMax) ?? Self.limitDefault
            let before = request.parameter("before")
            if let before, !Replay.isRun(before) { throw ParameterError("before", "the \"next\" of an earlier page") }
            return service.list(limit: limit, before: before)
        } catch {
            return Problems.invalidParameter(error.name, error.demand)
        }
    }

    /// - Returns: nil for a key that cannot be one.
    private static func runID(of request: HTTPRequest) -> String? {
        guard let key = request.headers.first("Idempotency-Key") else { return RequestID(at: .now()).text }
        guard let key = IdempotencyKey(key, in: .default) else { return nil }
        // The key of somebody else must not show that one's run.
        let principal = request.principal
        return RunID.make(principal.grant.namespaces == nil ? key.text : "\(principal.name) \(key.text)")
    }

    private func parse<Body: Sendable>(
        _ request: HTTPRequest, _ read: @Sendable (JSONValue) throws -> Body
    ) throws -> Body {
        try parsers.use { try $0.parse(request.body, read) }
    }

    private static func refusal(of error: any Error) -> HTTPResponse {
        (error as? BodyError).map { Problems.refused($0) } ?? Problems.malformedBody("\(error)")
    }
}
