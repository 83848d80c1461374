internal import HTTP
internal import Invalidations
internal import Views

/// `GET /status/{id}`, `/status?id=`, and the list.
struct StatusEndpoint: Sendable {
    let statusService: StatusService
    let watcher: StatusWatcher
    let waitMax: Duration

    func answerListOrOne(_ request: HTTPRequest, _ answer: @escaping Answer) {
        guard let id = request.parameter("id") else { return answer(list(request)) }
        // What a list would refuse is refused here, too: it says that the client means something else.
        do throws(ParameterError) { _ = try StatusQuery(request) } catch {
            return answer(Problems.invalidParameter(error.name, error.demand))
        }
        self.answer(id, request, answer)
    }

    func answer(_ text: String, _ request: HTTPRequest, _ answer: @escaping Answer) {
        guard let id = RequestID(text) else { return answer(Problems.malformedID) }
        let (wait, namespace): (Duration, Namespace?)
        do throws(ParameterError) {
            wait = try WaitParameter.read(request, max: waitMax)
            namespace = try NamespaceParameter.read(request)
        } catch {
            return answer(Problems.invalidParameter(error.name, error.demand))
        }
        let grant = request.principal.grant
        let finding = statusService.find(id, in: namespace, grant: grant)
        guard wait > .zero, !finding.isFinal else { return answer(statusService.response(to: finding)) }
        let awaited = StatusService.AwaitedRequest(id: id, namespace: namespace, grant: grant)
        let isHeld = watcher.answerWhenReady(within: wait, endOf: awaited, answer) { [statusService] isOver in
            let finding = statusService.find(id, in: awaited.namespace, grant: grant)
            return isOver || finding.isFinal ? statusService.response(to: finding) : nil
        }
        if !isHeld { answer(Problems.tooManyWaiting) }
    }

    private func list(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            _ = try WaitParameter.read(request, max: waitMax)
            let query = try StatusQuery(request)
            return try granted(request, query.namespace) {
                statusService.response(to: try statusService.list(query))
            }
        }
    }

    /// - Parameter namespace: whose requests the answer tells of; nil for all.
    func granted(
        _ request: HTTPRequest, _ namespace: Namespace?, _ body: () throws -> HTTPResponse
    ) throws -> HTTPResponse {
        guard request.principal.grant.covers(namespace.map { [$0.name] }) else {
            return namespace.map(Problems.foreignNamespace) ?? Problems.namespaceNeeded
        }
        return try body()
    }

    func answered(_ body: () throws -> HTTPResponse) -> HTTPResponse {
        do {
            return try body()
        } catch let error as ParameterError {
            return Problems.invalidParameter(error.name, error.demand)
        } catch {
            return Problems.viewUnavailable("\(error)")
        }
    }
}
