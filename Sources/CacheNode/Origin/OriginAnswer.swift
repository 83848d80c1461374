internal import Caches
internal import HTTP
internal import JSON
internal import Synchronization

/// What an answer of an origin means to the store.
final class OriginAnswer: Sendable {
    /// How long it is remembered that there is nothing, where the origin does not say.
    private static let absence = Duration.seconds(5)
    private static let depthMax = 512

    private let parser = Mutex(JSONParser(bytesMax: CacheLimits.valueBytes, depthMax: depthMax))

    /// - Parameters:
    ///   - order: that it answers.
    ///   - rules: of the namespace: the times of entries that say none, and the longest.
    func result(
        of result: HTTPClientResult, _ order: LoadOrder, _ origin: OriginConfiguration, _ rules: NamespaceRules
    ) -> LoadResult {
        guard case .response(let response) = result else { return .failed }
        let directives = CacheDirectives(response.header.list("Cache-Control"))
        switch response.status {
        case 200:
            let tags = OriginTags.read(response.header)
            let rule = rules.lifetimeRule(order.address.key, tags: tags ?? [])
            return value(response, tags, lifetime(response, directives, origin, rules, rule))
        case 304:
            let rule = rules.lifetimeRule(order.address.key, tags: order.tags)
            return .unchanged(lifetime(response, directives, origin, rules, rule))
        case 404, 410:
            return .absent(directives.mayBeStored ? directives.fresh.map(Self.seconds) ?? Self.absence : .zero)
        default: return .failed
        }
    }

    /// - Parameter tags: nil where there are too many.
    private func value(_ response: HTTPClientResponse, _ tags: [String]?, _ lifetime: Lifetime) -> LoadResult {
        // What is no JSON is no value, such as a page for people.
        let isJSON = parser.withLock { (try? $0.parse(response.body) { _ in }) != nil }
        guard isJSON, let value = try? CacheValue(response.body) else {
            return .failed
        }
        let validators = OriginValidators(
            entityTag: response.header.first("ETag"), lastModified: response.header.first("Last-Modified"))
        // With more tags than an entry may have, not all could invalidate it: it is answered and not kept.
        return .value(
            value, tags: tags ?? [], lifetime: tags == nil ? Lifetime(fresh: .zero) : lifetime, origin: validators)
    }

    private func lifetime(
        _ response: HTTPClientResponse, _ directives: CacheDirectives, _ origin: OriginConfiguration,
        _ rules: NamespaceRules, _ rule: LifetimeRule?
    ) -> Lifetime {
        guard directives.mayBeStored else { return Lifetime(fresh: .zero) }
        // What caches before this one have used up.
        let age = directives.fresh == nil ? 0 : response.header.first("Age").flatMap { UInt32($0) } ?? 0
        let fresh =
            directives.fresh.map { Self.seconds(max(0, $0 - Int64(age))) } ?? rule?.fresh ?? rules.lifetimeUsual
        return Lifetime(
            fresh: min(fresh, rules.lifetimeMax),
            staleWhileRevalidate: directives.staleWhileRevalidate.map(Self.seconds) ?? rule?.staleWhileRevalidate
                ?? origin.staleWhileRevalidate,
            staleIfError: directives.staleIfError.map(Self.seconds) ?? rule?.staleIfError ?? origin.staleIfError)
    }

    private static func seconds(_ count: Int64) -> Duration { .seconds(count) }
}
