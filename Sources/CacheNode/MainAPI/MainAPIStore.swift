internal import CacheWrites
internal import Caches
internal import HTTP
internal import Invalidations
internal import JSON
internal import Storage

/// Main database behind an HTTP API, for one thread.
final class MainAPIStore: RowStore {
    /// Reads that go side by side.
    private static let readsMax = 16
    private static let depthMax = 512

    private let api: MainAPIConfiguration
    private let rules: @Sendable (Namespace) -> NamespaceRules
    private let calls: ThreadCalls
    private let values = JSONParser(bytesMax: CacheLimits.valueBytes, depthMax: depthMax)
    private let answers = JSONParser(bytesMax: WritesAnswer.bytesMax, depthMax: WritesAnswer.depthMax)

    /// - Parameter rules: of a namespace: the times of entries that say none.
    init(
        _ api: MainAPIConfiguration, _ rules: @escaping @Sendable (Namespace) -> NamespaceRules
    ) throws(StorageError) {
        (self.api, self.rules) = (api, rules)
        do {
            calls = try ThreadCalls(connectionsMax: Self.readsMax)
        } catch {
            throw .cannotOpen("\(error)")
        }
    }

    // MARK: Writes

    func write(_ rows: [FlushRow], batch: String) -> FlushAnswer {
        var results = [RowResult](repeating: .written, count: rows.count)
        var sendable: [NamedRow] = []
        for (index, row) in rows.enumerated() {
            switch text(of: row) {
            case .success(let key): sendable.append(NamedRow(key: key, index: index, row: row))
            case .failure(let refusal): results[index] = .refused(reason: refusal.reason)
            }
        }
        for part in WritesBody.parts(sendable) {
            let body = WritesBody(part, batch: batch)
            switch WritesAnswer.flushAnswer(post(body), body.keys, answers) {
            case .answered(let found):
                for (element, result) in zip(part, found) { results[element.index] = result }
            // What the API has got of other parts it gets once more: its versions make that harmless.
            case let answer: return answer
            }
        }
        return .answered(results)
    }

    private struct Refusal: Error {
        let reason: String
    }

    /// The key of a row that a JSON document can say. The log may have others.
    private func text(of row: FlushRow) -> Result<String, Refusal> {
        guard let key = String(validating: row.write.address.key.bytes, as: UTF8.self) else {
            return .failure(Refusal(reason: "the key is no text in UTF-8, so the main API cannot get it"))
        }
        if case .set(let value, _, _) = row.write.change, (try? values.parse(value.bytes) { _ in }) == nil {
            return .failure(Refusal(reason: "the value is no JSON, so the main API cannot get it"))
        }
        return .success(key)
    }

    private func post(_ body: WritesBody) -> HTTPClientResult {
        let request = HTTPClientRequest(
            method: "POST", url: api.writes,
            headers: api.credentials + [
                ("Content-Type", "application/json"), ("Accept", "application/json"),
                ("Idempotency-Key", body.idempotencyKey),
            ],
            body: body.bytes, timeout: api.timeout, responseBytesMax: WritesAnswer.bytesMax)
        return calls.send([request]).first
            ?? .failure(HTTPClientFailure(.other, "the call has no result", mayHaveBeenSent: true))
    }

    // MARK: Reads

    func version(_ name: EntryName) throws(StorageError) -> RowVersion? {
        guard let request = request(name) else { return nil }
        for result in calls.send([request]) {
            let response = try Self.response(result)
            let version = try Self.version(response)
            if response.status == 200 { return RowVersion(version: version ?? Self.unknown, isDeleted: false) }
            return version.map { RowVersion(version: $0, isDeleted: true) }
        }
        return nil
    }

    func entries(_ names: Set<EntryName>) -> [EntryName: Result<StoredEntry, StorageError>] {
        var asked: [(EntryName, HTTPClientRequest)] = []
        for name in names {
            if let request = request(name) { asked.append((name, request)) }
        }
        var entries: [EntryName: Result<StoredEntry, StorageError>] = [:]
        for ((name, _), result) in zip(asked, calls.send(asked.map(\.1))) {
            do throws(StorageError) {
                if let entry = try entry(name, result) { entries[name] = .success(entry) }
            } catch {
                entries[name] = .failure(error)
            }
        }
        return entries
    }

    /// Of what the API has by other ways.
    private static let unknown = LogVersion(generation: 0, offset: 0)

    /// - Returns: nil for a key that the API cannot have.
    private func request(_ name: EntryName) -> HTTPClientRequest? {
        guard let namespace = Namespace(name.namespace), let key = try? CacheKey(name.key),
            let url = api.read.url(namespace, key)
        else { return nil }
        var request = HTTPClientRequest(
            url: url, headers: [("Accept", "application/json")] + api.credentials, timeout: api.timeout,
            responseBytesMax: CacheLimits.valueBytes)
        request.keepsHeader = true
        return request
    }

    /// - Returns: one that says what the API has, or that it has nothing.
    private static func response(_ result: HTTPClientResult) throws(StorageError) -> HTTPClientResponse {
        switch result {
        case .response(let response) where [200, 404, 410].contains(response.status): return response
        case .response(let response): throw .busy("the main API answered a read with \(response.status)")
        case .failure(let failure): throw .busy("the main API does not answer a read: \(failure.message)")
        }
    }

    private static func version(_ response: HTTPClientResponse) throws(StorageError) -> LogVersion? {
        guard let text = response.header.first(VersionText.field) else { return nil }
        guard let version = VersionText.version(text) else {
            throw .busy("the main API answered a read with a \(VersionText.field) that is none: \(text.prefix(60))")
        }
        return version
    }

    private func entry(_ name: EntryName, _ result: HTTPClientResult) throws(StorageError) -> StoredEntry? {
        let response = try Self.response(result)
        guard response.status == 200 else { return nil }
        guard (try? values.parse(response.body) { _ in }) != nil, let value = try? CacheValue(response.body) else {
            throw .busy("the main API answered a read with what is no JSON")
        }
        let tags = OriginTags.read(response.header)
        return StoredEntry(
            value: value, tags: tags ?? [],
            lifetime: tags.map { lifetime(name, CacheDirectives(response.header.list("Cache-Control")), $0) }
                ?? Lifetime(fresh: .zero),
            version: try Self.version(response) ?? Self.unknown)
    }

    private func lifetime(_ name: EntryName, _ directives: CacheDirectives, _ tags: [String]) -> Lifetime {
        guard directives.mayBeStored, let namespace = Namespace(name.namespace), let key = try? CacheKey(name.key)
        else { return Lifetime(fresh: .zero) }
        let rules = rules(namespace)
        let rule = rules.lifetimeRule(key, tags: tags)
        let fresh = directives.fresh.map { Duration.seconds($0) } ?? rule?.fresh ?? rules.lifetimeUsual
        return Lifetime(
            fresh: min(fresh, rules.lifetimeMax),
            staleWhileRevalidate: directives.staleWhileRevalidate.map { .seconds($0) } ?? rule?.staleWhileRevalidate
                ?? .zero,
            staleIfError: directives.staleIfError.map { .seconds($0) } ?? rule?.staleIfError ?? .zero)
    }
}
