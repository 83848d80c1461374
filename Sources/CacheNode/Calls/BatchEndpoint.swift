internal import Caches
internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime

/// Answers many operations in one call, in their order, each with its result.
///
/// A read looks into the store, and of durable writes into the main database; a batch waits for no other origin.
struct BatchEndpoint: Sendable {
    /// Values beyond are not part of the answer.
    private static let answerBytesMax = 8 << 20
    private static let answerIsFull = CallRefusal(413, "The answer has become too large: read the key alone")

    let writer: CacheWriter
    let bodies: BodyReader
    let entrance: ScopedEntrance
    let puts: PublishingPuts
    /// Whether the owners of other keys are asked, too.
    let isForwarding: Bool
    let led: RolloutCalls

    private var service: CacheService { writer.service }

    func answer(_ request: HTTPRequest) throws(CallRefusal) -> HTTPResponse {
        let namespace = try EntryTarget.namespace(request.parameter("namespace"))
        let batch = try bodies.read(request.body) { [service] root, bytes in
            try BatchBody(root, bytes, namespace: namespace) { service.rules(of: $0) }
        }
        let head = request.withoutBody
        let results = BatchResults(count: batch.operations.count)
        var findings = Findings()
        var parts = OwnerBatches(head)
        // Decided once: a key may change hands meanwhile, and its operations would lose their order.
        var owners: [EntryTarget: String?] = [:]
        for (index, operation) in batch.operations.enumerated() {
            switch operation {
            case .failure(let refusal): results.set(.refused(refusal), index)
            case .success(let operation):
                if let owner = owner(of: operation, head, &owners) {
                    parts.add(batch.texts[index], index, owner: owner, writing: operation.written)
                    continue
                }
                // Writes of a tag before its invalidation come before it, wherever they are.
                if case .invalidate = operation {
                    findings.durabilities.formUnion(parts.sendAll(results, service))
                }
                perform(operation, head, results, index, &findings)
            }
        }
        findings.durabilities.formUnion(parts.sendAll(results, service))
        results.waitForAll()
        return HTTPResponse.json(200, Self.body(results.all)).with("Cache-Control", "no-store")
            .with("Cache-Durability", findings.durability).naming(away: findings.away)
    }

    /// The node that the operation is to be forwarded to, if any.
    ///
    /// - Parameter known: what the batch has found so far.
    private func owner(
        of operation: BatchBody.Operation, _ request: HTTPRequest, _ known: inout [EntryTarget: String?]
    ) -> String? {
        guard isForwarding, !PeerCalls.isPassedOn(request), PeerCalls.canPass(request), let target = operation.target
        else { return nil }
        if let found = known[target] { return found }
        let owner = owner(of: target)
        known[target] = .some(owner)
        return owner
    }

    private func owner(of target: EntryTarget) -> String? {
        guard
            let journal = writer.journal(of: target.namespace)
                ?? (service.sharesLoads(of: target.namespace) ? writer.journal : nil),
            journal.ownership(of: target.namespace, target.key) == .elsewhere
        else { return nil }
        return journal.findOwnerNow(of: target.namespace, target.key)
    }

    /// What is found out on the way, and holds of the whole batch.
    private struct Findings {
        var durabilities: Set<String> = []
        /// Nodes that an invalidation did not reach.
        var away: [String] = []

        var durability: String { durabilities == ["log"] ? "log" : "memory" }
    }

    private static func body(_ results: [BatchResult]) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.key("results")
        writer.beginArray()
        for result in results {
            let isTooLarge = result.valueBytes > 0 && writer.bytes.count + result.valueBytes > answerBytesMax
            (isTooLarge ? .refused(answerIsFull) : result).append(to: &writer)
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func perform(
        _ operation: BatchBody.Operation, _ request: HTTPRequest, _ results: BatchResults, _ index: Int,
        _ findings: inout Findings
    ) {
        guard entrance.admits(operation.namespace, request) else {
            return results.set(.refused(CallRefusal(403, "The credential is not for this namespace")), index)
        }
        if !operation.invalidates, led.leads(operation.namespace) {
            return results.set(.refused(.ledByRollout), index)
        }
        switch operation {
        case .get(let target): get(target, results, index)
        case .set(let target, let body, let condition):
            guard service.sync.isSynced(.now()) else { return results.set(.refused(.unsynced), index) }
            let change = CacheWrite.Change.set(body.value, tags: body.tags, body.lifetime)
            perform(target, change, condition, request, results, index, &findings)
        case .delete(let target, let condition):
            perform(target, .delete, condition, request, results, index, &findings)
        case .invalidate(let namespace, let body):
            guard entrance.hostRefusal(body.selectors, request) == nil else {
                return results.set(.refused(CallRefusal(403, "The credential is not for such a host")), index)
            }
            results.waitForAll()
            invalidate(body, namespace, request, results, index, &findings)
        }
    }

    private func invalidate(
        _ body: SelectorsBody, _ namespace: Namespace, _ request: HTTPRequest, _ results: BatchResults, _ index: Int,
        _ findings: inout Findings
    ) {
        do throws(CallRefusal) {
            switch try puts.perform(body, in: namespace, request, passing: findings.away) {
            case .refused(let refusal):
                results.set(.refused(CallRefusal(refusal.status, "The credential may not publish this now")), index)
            case .done(let outcome, _):
                findings.away += outcome.away
                results.set(.invalidated(outcome.count), index)
            }
        } catch {
            results.set(.refused(error), index)
        }
    }

    private func perform(
        _ target: EntryTarget, _ change: CacheWrite.Change, _ condition: WriteCondition, _ request: HTTPRequest,
        _ results: BatchResults, _ index: Int, _ findings: inout Findings
    ) {
        let write = CacheWrite(namespace: target.namespace, key: target.key, change: change, condition: condition)
        findings.durabilities.insert(writer.durability(of: write))
        // The log keeps the order of writes under way; a condition is about what stands when it is looked at.
        if condition != .none { results.waitForAll() }
        let end = results.expect(index)
        writer.perform(write) { outcome in
            if case .elsewhere = outcome { return end(.refused(.notHere)) }
            end(outcome.refusal(of: request).map { .refused($0) } ?? .done)
        }
    }

    // MARK: Reads

    private func get(_ target: EntryTarget, _ results: BatchResults, _ index: Int) {
        results.waitForAll()
        let time = MonotonicTime.now()
        guard service.sync.isSynced(time) else {
            service.metrics.read(.bypass)
            return results.set(.refused(.missing), index)
        }
        if let journal = writer.journal(of: target.namespace),
            journal.ownership(of: target.namespace, target.key) != .owned
        {
            return results.set(.refused(.notHere), index)
        }
        guard let found = find(target, CacheTime(time)) else { return load(target, results, index) }
        service.read(found.isFresh ? .hit : .stale, found.number)
        results.set(found.result, index)
    }

    private typealias Found = (result: BatchResult, isFresh: Bool, number: NamespaceNumber)

    private func find(_ target: EntryTarget, _ now: CacheTime) -> Found? {
        guard let number = service.store.number(target.namespace),
            case .found(let entry, let freshness) = service.store.lookup(
                service.store.address(number, target.key), now),
            let value = entry.value, freshness != .staleIfError
        else { return nil }
        return (BatchResult(entry, value, now), freshness == .fresh, number)
    }

    private func readDisk(_ address: CacheAddress, _ results: BatchResults, _ index: Int) {
        let end = results.expect(index)
        writer.loader.readDisk(address) { entry in
            guard let entry, let value = entry.value else {
                service.read(.miss, address.namespace)
                return end(.refused(.missing))
            }
            service.read(entry.freshness(.now()) == .fresh ? .hit : .stale, address.namespace)
            end(BatchResult(entry, value, .now()))
        }
        results.waitForAll()
    }

    /// Looks into the main database, where there is one. What it says is not kept.
    private func load(_ target: EntryTarget, _ results: BatchResults, _ index: Int) {
        if let address = service.addressOnDisk(target) { return readDisk(address, results, index) }
        service.read(.miss, service.store.number(target.namespace))
        guard let journal = writer.journal(of: target.namespace) else {
            return results.set(.refused(.missing), index)
        }
        let end = results.expect(index)
        journal.load(target.namespace, target.key, before: .now() + OriginConfiguration.timeoutMax) { loaded in
            switch loaded {
            case .value(let value, let tags, let lifetime, _):
                end(.value(value, age: 0, ttl: lifetime.fresh.components.seconds, tags: tags))
            case .absent, .nowhere, .onDisk, .unchanged: end(.refused(.missing))
            case .failed: end(.refused(.originFails))
            }
        }
        results.waitForAll()
    }
}
