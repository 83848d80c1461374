internal import Caches
internal import HTTP
internal import Invalidations
internal import Runtime

/// Reads of keys that other nodes own, answered by mirrors where a reader allows it.
struct MirrorReads: Sendable {
    enum Step {
        case answer(HTTPResponse)
        /// The owner's answer may become a mirror. The owner is to know the log up to the position.
        case begin(MirrorStart, position: String)
        case pass
    }

    let service: CacheService
    let reads: ReadEndpoint

    /// - Parameter request: one that is about to go to the owner of its key.
    func step(_ request: HTTPRequest) -> Step {
        guard ["GET", "HEAD"].contains(request.method), let mirrors = service.mirrors, service.sync.isSynced(.now()),
            let target = try? EntryTarget(request), let rules = service.mirrorRules(of: target.namespace)
        else { return .pass }
        switch mirrors.find(target.namespace, target.key, rules, isExact: Self.isExact(request), .now()) {
        case .mirror(let entry):
            guard let response = response(entry, request) else { return .pass }
            service.metrics.hotKeys.mirrorReads.increment()
            return .answer(response)
        case .begin(let start):
            // Asked for once the mirror has begun: what is applied later makes it void.
            guard let position = service.gate.positionText() else { return .pass }
            return .begin(start, position: position)
        case .pass: return .pass
        }
    }

    /// Whether the reader wants what the owner has, or a form of it that this node would have to make.
    private static func isExact(_ request: HTTPRequest) -> Bool {
        if request.headers.first(ReadEndpoint.afterField) != nil || request.parameter("lease") == "1" { return true }
        if ContentCoding.isPlainRefused(by: request.headers.all("Accept-Encoding")) { return true }
        let directives = request.headers.list("Cache-Control")?.lowercased().split(separator: ",") ?? []
        return directives.contains { ["no-cache", "no-store", "max-age=0"].contains($0.filter { $0 != " " }) }
    }

    private func response(_ entry: CacheEntry, _ request: HTTPRequest) -> HTTPResponse? {
        guard let value = entry.value else { return nil }
        let status = CacheStatus.mirror(ttl: entry.statusTTL(.now()))
        do throws(CallRefusal) {
            return try reads.response(entry, value, to: request, status: status)
        } catch {
            return error.response(to: request)
        }
    }

    /// What the owner is asked: without conditions, so that it sends the entry.
    static func fields(_ fields: [(String, String)], position: String) -> [(String, String)] {
        let conditions = ["if-match", "if-none-match"]
        return fields.filter { !conditions.contains($0.0.lowercased()) } + [(ReadEndpoint.afterField, position)]
    }

    /// - Parameter response: the owner's, with status 200.
    /// - Returns: the answer to the client, whose conditions the owner has not seen; nil where the owner is to be asked
    ///   as the client asked.
    func finish(_ start: MirrorStart, _ response: HTTPClientResponse, to request: HTTPRequest) -> HTTPResponse? {
        let header = response.header
        guard let value = try? CacheValue(response.body), let tags = OriginTags.read(header),
            header.first("ETag") == value.entityTag.description,
            let age = header.first("Age").flatMap({ UInt32($0) }),
            let fresh = CacheDirectives(header.list("Cache-Control")).fresh
        else {
            service.metrics.hotKeys.mirrored(isKept: false)
            return nil
        }
        let isKept =
            service.mirrors?.finish(
                start, service.compression.held(value), tags: tags, age: .seconds(Int64(age)), fresh: .seconds(fresh),
                .now()) ?? false
        service.metrics.hotKeys.mirrored(isKept: isKept)
        if let list = request.headers.list("If-Match"), !value.entityTag.isNamed(in: list, isWeak: false) {
            return CallRefusal.conditionFailed.response(to: request)
        }
        let fields = PeerCalls.passed(header)
        if let list = request.headers.list("If-None-Match"),
            let named = value.entityTag.named(in: list, isWeak: true, preferring: .identity)
        {
            let others = fields.filter { !["content-type", "etag"].contains($0.0.lowercased()) }
            return HTTPResponse(status: 304, headers: [("ETag", named)] + others)
        }
        return HTTPResponse(status: 200, headers: fields, body: response.body)
    }

    /// Forgets a key that a write of this node's clients may have changed at its owner.
    func wrote(_ request: HTTPRequest) {
        guard !["GET", "HEAD"].contains(request.method), let target = try? EntryTarget(request) else { return }
        service.mirrors?.drop(target.key, in: target.namespace, .now())
    }
}
