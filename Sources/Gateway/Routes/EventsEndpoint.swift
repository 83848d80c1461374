internal import HTTP
internal import Invalidations

/// `GET /events` and `/status/{id}/events`: live streams of server-sent events.
struct EventsEndpoint: Sendable {
    static let idHeader = "Last-Event-ID"

    let hub: StreamHub
    let statusService: StatusService
    let entrance: Entrance

    /// Opens a stream of one namespace's events, or of those of all that the client may see.
    ///
    /// - Returns: whether the answer is a stream.
    func listen(_ request: HTTPRequest, _ responder: HTTPResponder, _ answer: Answer) -> Bool {
        do throws(ParameterError) {
            let namespace = try NamespaceParameter.read(request)
            if let namespace, !request.principal.grant.admits(namespace) {
                answer(Problems.foreignNamespace(namespace))
                return false
            }
            return open(.events(namespace), request, responder, answer)
        } catch {
            answer(Problems.invalidParameter(error.name, error.demand))
            return false
        }
    }

    /// Opens a stream of one request's changes.
    ///
    /// - Returns: whether the answer is a stream.
    func follow(_ text: String, _ request: HTTPRequest, _ responder: HTTPResponder, _ answer: Answer) -> Bool {
        guard let id = RequestID(text) else {
            answer(Problems.malformedID)
            return false
        }
        do throws(ParameterError) {
            let namespace = try NamespaceParameter.read(request)
            let finding = statusService.find(id, in: namespace, grant: request.principal.grant)
            var record: StatusRecord?
            var asOf: Timestamp?
            switch finding {
            case .record(let found, _, let time): (record, asOf) = (found, time)
            case .announced(_, let time): asOf = time
            case .unknown, .unavailable:
                answer(statusService.response(to: finding))
                return false
            }
            // So says the HTML standard that a client need not connect again.
            if finding.isFinal, request.headers.first(Self.idHeader) == StreamFollower.endID {
                answer(.empty(204))
                return false
            }
            let followed = FollowedRequest(id, in: namespace, record, asOf: asOf)
            return open(.request(followed), request, responder, answer)
        } catch {
            answer(Problems.invalidParameter(error.name, error.demand))
            return false
        }
    }

    private func open(
        _ subject: StreamSubject, _ request: HTTPRequest, _ responder: HTTPResponder, _ answer: Answer
    ) -> Bool {
        guard request.method != "HEAD" else {
            answer(HTTPResponse(status: 200, headers: StreamHub.headers))
            return false
        }
        let principal = request.principal
        let (authorization, certificate) = (request.headers.first("Authorization"), request.clientCertificate)
        let order = StreamOrder(
            subject: subject, lastEventID: request.headers.first(Self.idHeader), grant: principal.grant,
            owner: principal.isAuthenticated ? principal.name : ClientNetwork.of(request.remoteAddress),
            renewGrant: { [entrance] in entrance.renewedGrant(authorization, certificate) })
        let fields = entrance.rules.crossOrigins.fields(for: request)
        guard hub.open(order, responder, fields) else {
            answer(Problems.tooManyStreams)
            return false
        }
        return true
    }
}
