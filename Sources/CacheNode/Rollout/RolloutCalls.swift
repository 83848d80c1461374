internal import Caches
internal import Gateway
internal import HTTP
internal import Invalidations
internal import Runtime

/// Leads calls in a rollout to the main API or to the cache.
struct RolloutCalls: Sendable {
    typealias Answer = @Sendable (HTTPResponse) -> Void

    /// Where the newest state of a key is.
    enum Holder {
        /// The main API has it.
        case main
        /// The database, and so the main API, does not have the newest write yet.
        case queue
    }

    /// Calls that the main API has not answered.
    static let countMax = 2_048

    let service: CacheService
    let journal: WriteJournal?
    let main: HTTPCalls
    let shadow: ShadowComparison

    /// Whether a namespace is in a rollout, so that each call has to be led.
    func leads(_ namespace: Namespace) -> Bool {
        service.hasOrigin(namespace) && (!service.rollouts.isComplete || service.rollouts.active(namespace) != nil)
    }

    // MARK: Reads

    /// - Returns: what gets the cache's answer; nil where the cache is not asked.
    func passed(
        read request: HTTPRequest, _ target: EntryTarget, _ answer: @escaping Answer
    ) throws(CallRefusal) -> Answer? {
        guard let (known, origin) = try active(target.namespace) else { return answer }
        let path = RolloutPath.ofRead(target.key, in: target.namespace, known.record, at: .now())
        guard path != .cache else { return sampled(target, origin, known.counts, Self.measured(known.counts, answer)) }
        switch try holder(of: target, request, answer) {
        case nil: return nil
        case .queue: return Self.measured(known.counts, answer)
        case .main: break
        }
        guard let fetch = origin.fetchRequest(target.namespace, target.key) else { throw .missing }
        let head = request.withoutBody
        main.send(fetch) { [shadow] result, time in
            known.counts.mainAnswered(in: time)
            answer(MainAnswer(result).response(to: head))
            guard path == .compared, let value = MainAnswer(result).value else { return }
            shadow.begin(target.namespace, target.key, origin, known.counts, value)
        }
        return nil
    }

    /// Has some of what the cache answers compared with the main API, once the client has it.
    private func sampled(
        _ target: EntryTarget, _ origin: OriginConfiguration, _ counts: RolloutCounts, _ answer: @escaping Answer
    ) -> Answer {
        { [shadow] response in
            answer(response)
            guard [200, 304, 404].contains(response.status), counts.maySample(.now()) else { return }
            shadow.sample(target.namespace, target.key, origin, counts)
        }
    }

    /// The rollout of a namespace; nil where it has none.
    private func active(
        _ namespace: Namespace
    ) throws(CallRefusal) -> (RolloutStates.Known, OriginConfiguration)? {
        guard let origin = service.origin(of: namespace) else { return nil }
        guard service.rollouts.isComplete else { throw .rolloutsUnknown }
        return service.rollouts.active(namespace).map { ($0, origin) }
    }

    /// With durable writes one node decides about a key, and it knows what waits for the database.
    ///
    /// - Returns: nil where another node is to be asked, which the client is told.
    private func holder(
        of target: EntryTarget, _ request: HTTPRequest, _ answer: @escaping Answer
    ) throws(CallRefusal) -> Holder? {
        guard let journal else { return .main }
        switch journal.ownership(of: target.namespace, target.key) {
        case .owned: return journal.unflushed(target.namespace, target.key) == nil ? .main : .queue
        case .restoring: throw .restoring
        case .elsewhere:
            let head = request.withoutBody
            journal.findOwner(of: target.namespace, target.key) { address in
                answer(CallRefusal.elsewhere(address, head).response(to: head))
            }
            return nil
        }
    }

    /// Counts the cache's answer, and says in it which path it came.
    private static func measured(_ counts: RolloutCounts, _ answer: @escaping Answer) -> Answer {
        let start = MonotonicTime.now()
        return { response in
            // Another node's turn is no answer.
            if response.status != 307 {
                counts.cacheAnswered(in: .now() - start, hasFailed: response.status >= 500)
            }
            answer(response.detailing(CacheStatus.rolloutCache))
        }
    }

    // MARK: Writes

    /// - Returns: what gets the queue's answer; nil where the write is answered otherwise.
    func passed(
        write request: HTTPRequest, _ target: EntryTarget, _ value: CacheValue?, _ answer: @escaping Answer
    ) throws(CallRefusal) -> Answer? {
        guard let (known, origin) = try active(target.namespace) else { return answer }
        guard RolloutPath.ofWrite(target.key, in: target.namespace, known.record, at: .now()) == .main else {
            guard journal != nil else { throw .noQueue }
            return Self.measured(known.counts, answer)
        }
        guard origin.write != nil else { throw .noWriteAddress(target.namespace) }
        switch try holder(of: target, request, answer) {
        case nil: return nil
        case .main: break
        case .queue:
            // A write that overtakes an earlier one would be lost when that one is flushed.
            journal?.flushFirst(target.namespace, target.key)
            throw .draining
        }
        let fields = ["If-Match", "If-None-Match", "Idempotency-Key"].compactMap { name in
            request.headers.list(name).map { (name, $0) }
        }
        guard let order = origin.writeRequest(target.namespace, target.key, value, headers: fields) else {
            throw .missing
        }
        let head = request.withoutBody
        main.send(order) { [service] result, time in
            known.counts.mainAnswered(in: time)
            let said = MainAnswer(result)
            if said.isWriteDoubtful {
                service.forgetRepeatedly(target.key, in: target.namespace)
            } else {
                service.forget(target.key, in: target.namespace)
            }
            answer(said.response(toWrite: head))
        }
        return nil
    }
}
