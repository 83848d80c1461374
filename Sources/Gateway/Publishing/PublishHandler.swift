internal import HTTP
internal import Invalidations
internal import JSON
internal import Kafka
internal import Runtime
internal import Synchronization

/// Takes requests to publish: reads them, sends them to Kafka, and answers once Kafka has acknowledged.
///
/// `accept` runs on the server's threads and waits for nothing; `settle` runs on the thread of the acknowledgements.
final class PublishHandler: DeliveryHandler {
    private let topics: GatewayConfiguration.Topics
    private let publishTimeout: Duration
    private let targets: TargetEdges
    private let grants: HostGrants
    private let links: StatusLinks
    private let backlogGuard: (any PublishGuard)?
    private let health: KafkaHealth
    private let metrics: GatewayMetrics
    private let entrance: Entrance
    private let decoders: SharedSlots<InvalidationDecoder>
    private let batches: BatchReader
    private let tracker: Mutex<PublicationTracker>
    private let statuses: StatusService
    private let recent: RecentRequests
    private let viewWork: ViewWork
    /// In milliseconds.
    private let idempotencyLifetime: Int64
    let invalidations: Outlet

    /// - Parameter recent: what was published here, which `statuses` looks at, too.
    init(
        _ configuration: GatewayConfiguration, invalidations: Outlet, statuses: StatusService, recent: RecentRequests,
        viewWork: ViewWork, backlogGuard: (any PublishGuard)?, health: KafkaHealth, metrics: GatewayMetrics,
        entrance: Entrance
    ) {
        topics = configuration.topics
        self.statuses = statuses
        self.recent = recent
        self.viewWork = viewWork
        idempotencyLifetime = Int64(configuration.idempotencyLifetime / .milliseconds(1))
        publishTimeout = min(configuration.publishTimeout, GatewayConfiguration.publishTimeoutMax)
        targets = TargetEdges(configuration.edges)
        grants = HostGrants(configuration.edges, configuration.sharing)
        links = StatusLinks(publicURL: configuration.publicURL)
        self.backlogGuard = backlogGuard
        self.health = health
        self.metrics = metrics
        self.entrance = entrance
        decoders = SharedSlots(count: configuration.http.threads) { InvalidationDecoder() }
        batches = BatchReader(threads: configuration.http.threads)
        tracker = Mutex(
            PublicationTracker(
                countMax: configuration.pendingMax,
                idempotency: IdempotencyTable(
                    countMax: configuration.idempotencyKeysMax, lifetime: configuration.idempotencyLifetime)))
        self.invalidations = invalidations
    }

    /// Requests on their way into Kafka.
    var pending: Int { tracker.withLock { $0.count } }

    /// Takes no more requests.
    func close() {
        tracker.withLock { $0.close() }
    }
}

// On the server's threads.
extension PublishHandler {
    /// - Parameter priority: of a single request, in the place of what its body says.
    func accept(_ request: HTTPRequest, priority: Priority? = nil, _ answer: @escaping Answer) {
        guard health.state != .starting else { return answer(Problems.notConnected) }
        switch batches.read(request) {
        case .single: acceptOne(request, priority: priority, isItem: false, answer)
        case .refused(let refusal): answer(refusal)
        case .items(let items):
            let batch = BatchAnswer(count: items.count, links: links, answer)
            for (index, item) in items.enumerated() {
                acceptOne(item, isItem: true, batch.item(index))
            }
        }
    }

    private func acceptOne(
        _ request: HTTPRequest, priority: Priority? = nil, isItem: Bool, _ answer: @escaping Answer
    ) {
        let body: PublishedBody
        let now = Timestamp.now()
        switch checkedBody(request, at: now) {
        case .success(let checked): body = checked
        case .failure(let refusal): return answer(refusal.response)
        }
        var invalidation = body.invalidation
        if let priority { invalidation.priority = priority }
        let keyed: KeyedBody?
        switch Self.key(of: request, body) {
        case .success(let found): keyed = found
        case .failure(let refusal): return answer(refusal.response)
        }
        if !body.hasOwnID, let key = keyed?.onRecord {
            invalidation.id = KeyedRequestID.make(
                key, in: invalidation.namespace, at: now, lifetime: idempotencyLifetime)
        }
        let form = AcceptedForm(
            warnings: body.warnings, notBefore: body.invalidation.notBefore, isItem: isItem)
        // A cancellation that is sent again has ended its request itself.
        let isRepeated = keyed.map { keyed in tracker.withLock { $0.remembers(keyed.key) } } ?? false
        guard !isRepeated, keyed?.onRecord != nil || invalidation.cancels != nil else {
            return publish(invalidation, keyed, request, form, answer)
        }
        viewWork.run(answer) { [self, invalidation, keyed] in
            if let response = knownAnswer(invalidation, keyed?.onRecord, request.principal.grant, form, now: now) {
                return answer(response)
            }
            publish(invalidation, keyed, request, form, answer)
        }
    }

    /// Lets the body look a request up, where questions to the view are worked on.
    func askView(
        _ answer: @escaping Answer,
        _ body: @escaping @Sendable ((RequestID, Namespace?, Grant) -> StatusService.Finding) -> Void
    ) {
        viewWork.run(answer) { [statuses] in
            body { statuses.find($0, in: $1, grant: $2, isPatient: false) }
        }
    }

    /// What the request asks for, where its sender may ask for it and some edge is to hear of it.
    func checkedBody(_ request: HTTPRequest, at now: Timestamp = .now()) -> Result<PublishedBody, PublishRefusal> {
        let body: PublishedBody
        do {
            let event = EventFields.attributes(request.headers)
            body = try decoders.use {
                try $0.decode(body: request.body, newID: RequestID(at: now), time: now, event: event)
            }
        } catch let error as InvalidationError {
            return .failure(PublishRefusal(response: Problems.refused(error)))
        } catch {
            return .failure(PublishRefusal(response: Problems.malformedBody("\(error)")))
        }
        let refusal =
            grantRefusal(request, body.invalidation) ?? targets.refusal(of: body.invalidation)
            ?? grants.refusal(of: body.invalidation)
        return refusal.map { .failure(PublishRefusal(response: $0)) } ?? .success(body)
    }

    func readBatch(_ request: HTTPRequest) -> BatchReader.Reading { batches.read(request) }

    func makePlan() -> PublishPlan { PublishPlan(targets.profiles) }

    /// A response with the addresses that only the gateway's settings know.
    func completed(_ response: HTTPResponse) -> HTTPResponse { links.completed(response) }

    /// - Returns: nil for a request that may be published as often as it is sent.
    static func key(of request: HTTPRequest, _ body: PublishedBody) -> Result<KeyedBody?, PublishRefusal> {
        let (id, namespace) = (body.invalidation.id, body.invalidation.namespace)
        if let text = request.headers.first("Idempotency-Key") {
            guard let key = IdempotencyKey(text, in: namespace) else {
                return .failure(PublishRefusal(response: Problems.invalidIdempotencyKey))
            }
            let digest = BodyDigest(request.body)
            return .success(
                KeyedBody(key: key, digest: digest, onRecord: KeyOnRecord(text, digest: digest.text)))
        }
        guard body.hasOwnID else { return .success(nil) }
        return .success(KeyedBody(key: IdempotencyKey(id, in: namespace), digest: BodyDigest(request.body)))
    }

    /// What the view says that makes publishing needless or wrong.
    private func knownAnswer(
        _ invalidation: Invalidation, _ key: KeyOnRecord?, _ grant: Grant, _ form: AcceptedForm, now: Timestamp
    ) -> HTTPResponse? {
        if let key, let response = earlierAnswer(key, invalidation.namespace, form, now: now) { return response }
        return invalidation.cancels.flatMap { id in
            Self.refusal(
                ofCancelling: id, statuses.find(id, grant: grant, isPatient: false), invalidation.namespace)
        }
    }

    /// What another gateway, or this one before it was started anew, has published with the key.
    ///
    /// - Returns: nil where the view has none, or says nothing: the key makes the same id of the same request.
    private func earlierAnswer(
        _ key: KeyOnRecord, _ namespace: Namespace, _ form: AcceptedForm, now: Timestamp
    ) -> HTTPResponse? {
        guard let record = statuses.find(key: key.text, in: namespace), let earlier = record.publication,
            earlier.at + idempotencyLifetime > now
        else { return nil }
        guard earlier.idempotencyKey == key else { return Problems.keyOfOtherBody }
        metrics.repeated.increment()
        return accepted(record, form)
    }

    /// What only the body tells: whether its sender may do this, and as often.
    private func grantRefusal(_ request: HTTPRequest, _ invalidation: Invalidation) -> HTTPResponse? {
        let principal = request.principal
        if let refusal = principal.grant.refusal(of: invalidation) {
            entrance.watch.refused(request, .grant, by: principal.name)
            return refusal
        }
        guard let refusal = entrance.rules.limits.namespaces?.charge(invalidation.namespace.name) else { return nil }
        entrance.watch.refused(request, .limit, by: principal.name)
        return refusal
    }

    /// - Returns: nil where there is, or may be, something to cancel.
    private static func refusal(
        ofCancelling id: RequestID, _ finding: StatusService.Finding, _ namespace: Namespace
    ) -> HTTPResponse? {
        switch finding {
        case .record(let record, let others, _) where record.namespace != namespace:
            others.contains(namespace) ? nil : Problems.unknownCancelled(id, in: namespace)
        case .record(let record, _, _):
            record.status.isTerminal ? Problems.endedAlready(id, record.status) : nil
        case .announced: nil
        case .unknown: Problems.unknownCancelled(id, in: namespace)
        case .unavailable(let reason): Problems.viewUnavailable(reason)
        }
    }

    private func publish(
        _ invalidation: Invalidation, _ keyed: KeyedBody?, _ request: HTTPRequest, _ form: AcceptedForm,
        _ answer: @escaping Answer
    ) {
        var writer = JSONWriter(capacity: 256 + request.body.count)
        InvalidationEncoder.encode(invalidation, into: &writer)
        let value = writer.bytes
        guard value.count <= Limits.recordBytes else { return answer(Problems.tooLarge) }
        let publication = Publication(
            record: StatusRecord(invalidation, publishedAt: .now(), idempotencyKey: keyed?.onRecord),
            topic: topics.topic(of: invalidation.priority), key: keyed, bytes: value.count + RecordSize.overhead,
            since: .now(), form: form, answer: answer)
        guard backlogGuard?.admit(bytes: publication.bytes) != false else {
            metrics.refused.increment()
            return answer(Problems.backlogFull)
        }
        let admission = tracker.withLock { $0.admit(publication) }
        guard case .admitted(let token) = admission else {
            backlogGuard?.abandon(bytes: publication.bytes)
            return answer(refusal(of: admission, form))
        }
        var headers = TraceContext.headers(of: request) + PrincipalHeader.headers(of: request.principal)
        if let header = keyed?.onRecord?.header { headers.append(KafkaHeader(header.name, header.value)) }
        do {
            try invalidations.send(
                topic: publication.topic, key: Array(invalidation.namespace.name.utf8), value: value,
                headers: headers, token: token)
        } catch {
            fail(token, error == .queueFull ? Problems.queueFull : Problems.notSent(error.description))
        }
    }

    private func refusal(of admission: PublicationTracker.Admission, _ form: AcceptedForm) -> HTTPResponse {
        switch admission {
        case .repeated(let record):
            metrics.repeated.increment()
            return accepted(record, form)
        case .underWay: return Problems.keyUnderWay
        case .otherBody: return Problems.keyOfOtherBody
        case .closed: return Problems.stopping
        case .full, .admitted:
            metrics.refused.increment()
            return Problems.queueFull
        }
    }

    private func accepted(_ record: StatusRecord, _ form: AcceptedForm) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512)
        form.write(targets.complete(record), links: links, into: &writer)
        return .json(202, writer.bytes).with("Location", links.status(of: record.id))
            .with("Cache-Control", "no-store")
    }
}

// On the thread of the acknowledgements.
extension PublishHandler {
    /// Goes on with what Kafka has acknowledged or refused since.
    ///
    /// - Parameter max: how many of each producer, roughly.
    /// - Returns: whether there may be more.
    func settle(max: Int, notice: (KafkaNotice) -> Void) -> Bool {
        invalidations.drain(max: max, settle, notice: notice)
    }

    /// Answers those whose time is over.
    func giveUpOverdue(now: MonotonicTime) {
        let answers = tracker.withLock { $0.overdue(since: now - publishTimeout) }
        guard !answers.isEmpty else { return }
        health.update(.failing(reason: "no acknowledgement within \(publishTimeout)"))
        for answer in answers {
            metrics.failed.increment()
            answer(Problems.notAcknowledged("no answer within \(publishTimeout)"))
        }
    }

    /// Answers all that is still on its way.
    func giveUpAll() {
        for answer in tracker.withLock({ $0.overdue(since: .now()) }) {
            metrics.failed.increment()
            answer(Problems.notAcknowledged("the gateway is stopping"))
        }
    }

    private func settle(_ delivery: Delivery) {
        switch delivery.result {
        case .stored(let partition, let offset):
            health.update(.fine)
            acknowledged(delivery.token, partition: partition, offset: offset)
        case .failed(let error):
            health.update(.failing(reason: error.description))
            fail(delivery.token, Problems.notAcknowledged(error.description))
        }
    }

    private func acknowledged(_ token: UInt64, partition: Int32, offset: Int64) {
        guard let publication = tracker.withLock({ $0.acknowledged(token) }) else { return }
        backlogGuard?.stored(bytes: publication.bytes, topic: publication.topic, partition: partition, offset: offset)
        metrics.publishSeconds.observe(.now() - publication.since)
        // Remembered also when the client has gone: it may know the id from nowhere, but nothing is lost by it.
        recent.add(publication.record)
        guard let answer = publication.answer else { return }
        metrics.accepted.increment()
        answer(accepted(publication.record, publication.form))
    }

    private func fail(_ token: UInt64, _ problem: HTTPResponse) {
        guard let publication = tracker.withLock({ $0.failed(token) }) else { return }
        backlogGuard?.abandon(bytes: publication.bytes)
        guard let answer = publication.answer else { return }
        metrics.failed.increment()
        answer(problem)
    }
}

/// What a record takes up beside its value, in bytes, rounded up: key, headers, and the frame of a batch of one.
enum RecordSize {
    static let overhead = 256
}
