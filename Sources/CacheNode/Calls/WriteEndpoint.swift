internal import Caches
internal import Gateway
internal import HTTP
internal import Runtime

/// Answers POST and DELETE of one entry.
struct WriteEndpoint: Sendable {
    let writer: CacheWriter
    let bodies: BodyReader
    let led: RolloutCalls
    let publishing: PublishingWrites

    /// `{"value": …, "ttl": 60, "tags": ["a"]}`
    func store(
        _ request: HTTPRequest, _ target: EntryTarget, _ identity: WriteIdentity?,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        try checkSync(unless: led.leads(target.namespace))
        let rules = writer.service.rules(of: target.namespace)
        let body = try bodies.read(request.body) { try StoreBody($0, $1, target.key, rules) }
        var lease: FillToken?
        if let text = request.headers.first(LeaseField.name) {
            guard let token = LeaseField.token(text) else { throw .malformedLease }
            lease = token
        }
        guard let answer = try publishing.passed(body, request, target, identity, answer),
            let answer = try led.passed(write: request, target, body.value, answer)
        else { return }
        do throws(CallRefusal) { try checkSync() } catch { return answer(error.response(to: request)) }
        var write = CacheWrite(
            namespace: target.namespace, key: target.key, change: .set(body.value, tags: body.tags, body.lifetime),
            condition: Self.condition(request), lease: lease)
        write.identity = identity
        let status = CacheStatus.stored(
            ttl: body.lifetime.fresh.components.seconds, isClamped: body.isClamped)
        perform(write, request, answer) {
            $0.with("ETag", body.value.entityTag.description).with(CacheStatus.name, status)
        }
    }

    func delete(
        _ request: HTTPRequest, _ target: EntryTarget, _ identity: WriteIdentity?,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        guard let answer = try led.passed(write: request, target, nil, answer) else { return }
        var write = CacheWrite(
            namespace: target.namespace, key: target.key, change: .delete, condition: Self.condition(request))
        write.identity = identity
        perform(write, request, answer) { $0 }
    }

    /// - Parameter isLed: what the main API may answer needs no log.
    private func checkSync(unless isLed: Bool = false) throws(CallRefusal) {
        guard isLed || writer.service.sync.isSynced(.now()) else { throw .unsynced }
    }

    /// - Parameter complete: adds to the answer where the write was done.
    private func perform(
        _ write: CacheWrite, _ request: HTTPRequest, _ answer: @escaping @Sendable (HTTPResponse) -> Void,
        _ complete: @escaping @Sendable (HTTPResponse) -> HTTPResponse
    ) {
        let head = request.withoutBody
        let durability = writer.durability(of: write)
        writer.perform(write) { outcome in
            if let refusal = outcome.refusal(of: head) { return answer(refusal.response(to: head)) }
            answer(
                complete(
                    HTTPResponse.json(200, Array(#"{"success":true}"#.utf8))
                        .with("Cache-Control", "no-store").with("Cache-Durability", durability)))
        }
    }

    private static func condition(_ request: HTTPRequest) -> WriteCondition {
        WriteCondition(match: request.headers.list("If-Match"), noneMatch: request.headers.list("If-None-Match"))
    }
}

extension CacheWrite.Outcome {
    /// Nil where it was done.
    ///
    /// - Parameter request: that another node is to answer, perhaps.
    func refusal(of request: HTTPRequest) -> CallRefusal? {
        switch self {
        case .done: nil
        case .tooLarge: .tooLarge
        case .conditionFailed: .conditionFailed
        case .keyIsUsed: .keyIsUsed
        case .leaseVoid: .leaseVoid
        case .tooManyNamespaces: .tooManyNamespaces
        case .overloaded(let pause):
            CallRefusal(
                503, "Too many writes wait: try again", headers: [("Retry-After", pause.wholeSecondsText)])
        case .restoring: .restoring
        case .elsewhere(let address): .elsewhere(address, request)
        case .refused(let text): CallRefusal(400, text)
        case .notStored(let text):
            CallRefusal(503, "The write is not stored: \(text)", headers: [("Retry-After", "1")])
        case .unknown(let text):
            CallRefusal(
                503, "It is not known whether the write is stored: \(text). Send it once more",
                headers: [("Retry-After", "1")])
        }
    }
}
