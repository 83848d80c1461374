internal import Admin
internal import Caches
internal import Gateway
internal import HTTP
internal import JSON
internal import Runtime

/// Leads each request of a cache node to what answers it.
final class CacheRouter: Sendable {
    let entrance: ScopedEntrance
    let service: CacheService
    let registry: MetricsRegistry
    private let reads: ReadEndpoint
    private let writes: WriteEndpoint
    private let invalidations: InvalidateEndpoint
    private let batches: BatchEndpoint
    private let stats: StatsEndpoint
    /// Nil where clients are sent to the owners of keys, or there is no other node.
    private let forwarding: OwnerForwarding?
    private let journal: WriteJournal?
    private let mirrors: MirrorReads
    private let rollouts: RolloutEndpoint
    private let led: RolloutCalls
    private let repeats = AnsweredWrites()
    /// Where calls are worked on that may take long: those of others must not wait for them.
    private let work: CallQueues
    private let health: @Sendable () -> [(name: String, fault: String?)]

    /// Fields that only calls of the cache have.
    static let fields = ScopedEntrance.Fields(
        exposed: [
            "Age", "Cache-Control", "Cache-Durability", "Cache-Groups", LeaseField.name, PeerInvalidation.awayField,
            CacheStatus.name,
        ],
        allowed: ["If-Match", "Cache-Control", ReadEndpoint.afterField, LeaseField.name])

    /// - Parameter health: what is wrong with the node, by part; nil where nothing is.
    init(
        _ writer: CacheWriter, _ loader: OriginLoader, _ led: RolloutCalls, _ rollouts: RolloutLog, _ work: CallQueues,
        _ publisher: ScopedPublisher, forwarding: OwnerForwarding?, entrance: ScopedEntrance, threads: Int,
        registry: MetricsRegistry,
        health: @escaping @Sendable () -> [(name: String, fault: String?)]
    ) {
        service = writer.service
        self.entrance = entrance
        self.registry = registry
        self.work = work
        self.health = health
        self.forwarding = forwarding
        journal = writer.journal
        let bodies = BodyReader(threads: threads)
        reads = ReadEndpoint(writer: writer, loader: loader) { entrance.isPrivate }
        mirrors = MirrorReads(service: service, reads: reads)
        let requests = OwnRequestForm(threads: threads)
        writes = WriteEndpoint(
            writer: writer, bodies: bodies, led: led,
            publishing: PublishingWrites(service, publisher, entrance, requests))
        let peers = PeerInvalidation(service: service, journal: writer.journal)
        let puts = PublishingPuts(
            peers: peers, publisher: publisher, entrance: entrance, requests: requests)
        invalidations = InvalidateEndpoint(service: service, bodies: bodies, entrance: entrance, puts: puts)
        batches = BatchEndpoint(
            writer: writer, bodies: bodies, entrance: entrance, puts: puts, isForwarding: forwarding != nil, led: led)
        stats = StatsEndpoint(service: service, journal: writer.journal, entrance: entrance)
        self.led = led
        self.rollouts = RolloutEndpoint(
            service: service, journal: writer.journal, rollouts: rollouts, bodies: bodies, entrance: entrance)
    }

    /// Refuses what can be refused without its body, which is then not read.
    ///
    /// - Returns: nil for a request that goes on to `answerRequest`.
    func screen(_ request: inout HTTPRequest) -> HTTPResponse? {
        guard let call = CacheCall(path: request.path) else {
            return complete(CallRefusal(404, "Nothing is served here").response(to: request), to: request, .other)
        }
        var refusal: HTTPResponse?
        do throws(CallRefusal) {
            refusal = try screen(&request, call)
        } catch {
            refusal = error.response(to: request)
        }
        return refusal.map { [request] in
            complete(shape($0, for: request), to: request, call.kind(request.method))
        }
    }

    /// What the server refuses of itself is text as well, unless JSON is asked for.
    func shapeRefusal(of request: HTTPRequest, _ response: HTTPResponse) -> HTTPResponse {
        complete(shape(response, for: request), to: request, .other)
    }

    private func screen(_ request: inout HTTPRequest, _ call: CacheCall) throws(CallRefusal) -> HTTPResponse? {
        guard request.method != "OPTIONS" else {
            var answer = HTTPResponse.empty(204).with("Allow", call.methods.joined(separator: ", "))
            answer.headers += entrance.preflightFields(for: request, methods: call.methods)
            return answer
        }
        if !call.isOpen, let refusal = entrance.refusal(of: &request) { return refusal }
        if case .entry = call {
            // Also where the method is not served, and for PUT, which has no use for the key.
            let target = try EntryTarget(request)
            guard entrance.admits(target.namespace, request) else {
                return entrance.namespaceRefusal(target.namespace, request)
            }
        }
        guard call.methods.contains(request.method) else {
            throw CallRefusal(
                405, CallRefusal.methodNotAllowed.words,
                headers: [("Allow", call.methods.joined(separator: ", "))])
        }
        for coding in request.headers.all("Content-Encoding") where !HTTPHeaders.isSame(coding, "identity") {
            throw CallRefusal(415, "The body must be sent as it is", headers: [("Accept-Encoding", "identity")])
        }
        return nil
    }

    /// - Parameter request: one that `screen` has let pass.
    func answerRequest(_ request: HTTPRequest, _ responder: HTTPResponder) {
        guard let call = CacheCall(path: request.path) else { return }
        let head = request.withoutBody
        let answer: @Sendable (HTTPResponse) -> Void = { [self] response in
            responder.respond(complete(shape(response, for: head), to: head, call.kind(head.method)))
        }
        do throws(CallRefusal) {
            try answerRequest(request, call, answer)
        } catch {
            answer(error.response(to: head))
        }
    }

    private func answerRequest(
        _ request: HTTPRequest, _ call: CacheCall, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        switch call {
        case .entry:
            let target = try EntryTarget(request)
            if lead(request, target, answer) { return }
            try answerEntry(request, target, answer)
        case .batch: takeTime(call, request, answer) { [self] () throws(CallRefusal) in try batches.answer(request) }
        case .stats: answer(stats.answer(request))
        case .rollout: takeTime(call, request, answer) { [self] () throws(CallRefusal) in try rollouts.answer(request) }
        case .purge:
            takeTime(call, request, answer) { [self] () throws(CallRefusal) in try invalidations.purge(request) }
        case .live: answer(HealthChecks.liveness())
        case .ready:
            let lacks = service.disk.map { [(name: "disk", fault: $0.problem)] } ?? []
            answer(HealthChecks.readiness(health(), lacking: lacks))
        case .metrics: answer(registry.response)
        }
    }

    /// Has the owner of a key answer, although each node could: so one load of the key is enough for all nodes, and
    /// what clients store in memory is found by all of them.
    ///
    /// - Returns: false where this node is to answer itself.
    private func lead(
        _ request: HTTPRequest, _ target: EntryTarget, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) -> Bool {
        guard let forwarding, let journal, request.method != "PUT", !PeerCalls.isPassedOn(request),
            service.sharesLoads(of: target.namespace), PeerCalls.canPass(request),
            journal.ownership(of: target.namespace, target.key) == .elsewhere
        else { return false }
        let alone: @Sendable () -> Void = { [self] in
            do throws(CallRefusal) {
                try answerEntry(request, target, answer)
            } catch {
                answer(error.response(to: request))
            }
        }
        journal.findOwner(of: target.namespace, target.key) { [mirrors] owner in
            guard let owner else { return alone() }
            forwarding.forward(
                request, to: owner + PeerCalls.target(of: request), mirrors, orElse: alone, answer)
        }
        return true
    }

    private func answerEntry(
        _ request: HTTPRequest, _ target: EntryTarget, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        let answer = forwarding?.passed(request, mirrors, answer) ?? answer
        let identity = try WriteIdentity(request, target, sender: entrance.sender(of: request))
        guard let answer = try repeats.passed(identity, answer) else { return }
        switch request.method {
        case "POST": try writes.store(request, target, identity, answer)
        case "DELETE": try writes.delete(request, target, identity, answer)
        case "PUT":
            takeTime(.entry, request, answer) { [self] () throws(CallRefusal) in
                try invalidations.invalidate(request, target.namespace, identity)
            }
        default:
            guard let answer = try led.passed(read: request, target, answer) else { return }
            // What the cache refuses counts as its answer, too.
            do throws(CallRefusal) {
                try reads.answer(request, target, answer)
            } catch {
                answer(error.response(to: request))
            }
        }
    }

    private func takeTime(
        _ call: CacheCall, _ request: HTTPRequest, _ answer: @escaping @Sendable (HTTPResponse) -> Void,
        _ body: @escaping @Sendable () throws(CallRefusal) -> HTTPResponse
    ) {
        work.add(call, request, answer) {
            do throws(CallRefusal) { return try body() } catch { return error.response(to: request) }
        }
    }

    /// What every answer says, whatever it is about.
    private func complete(
        _ response: HTTPResponse, to request: HTTPRequest, _ kind: CacheMetrics.CallKind
    ) -> HTTPResponse {
        service.metrics.answered(kind, status: response.status)
        var response = response
        response.headers += entrance.crossOriginFields(for: request)
        return response
    }

    /// A problem document of the server or of the entrance, in the form that the client asks for.
    private func shape(_ response: HTTPResponse, for request: HTTPRequest) -> HTTPResponse {
        guard !AcceptedType.isJSON(request),
            response.headers.contains(where: { $0.0 == "Content-Type" && $0.1 == "application/problem+json" })
        else { return response }
        let parser = JSONParser(bytesMax: 64 << 10)
        let words = try? parser.parse(response.body) { $0["detail"]?.string ?? $0["title"]?.string }
        var shaped = HTTPResponse.text(response.status, (words ?? nil) ?? "Refused")
        shaped.headers += response.headers.filter { $0.0 != "Content-Type" }
        return shaped
    }
}
