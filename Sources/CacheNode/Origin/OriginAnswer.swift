internal import Caches
internal import HTTP
internal import JSON

/// What an answer of an origin means to the store. It belongs to one thread.
final class OriginAnswer {
    /// How long it is remembered that there is nothing, where the origin does not say.
    private static let absence = Duration.seconds(5)
    private static let depthMax = 512

    private let parser = JSONParser(bytesMax: CacheLimits.valueBytes, depthMax: depthMax)

    /// - Parameters:
    ///   - rules: of the namespace: the time of entries that say none, and the longest.
    func result(
        of result: HTTPClientResult, _ origin: OriginConfiguration, _ rules: NamespaceRules
    ) -> LoadResult {
        guard case .response(let response) = result else { return .failed }
        let directives = CacheDirectives(response.header.list("Cache-Control"))
        switch response.status {
        case 200: return value(response, lifetime(response, directives, origin, rules))
        case 304: return .unchanged(lifetime(response, directives, origin, rules))
        case 404, 410:
            return .absent(directives.mayBeStored ? directives.fresh.map(Self.seconds) ?? Self.absence : .zero)
        default: return .failed
        }
    }

    private func value(_ response: HTTPClientResponse, _ lifetime: Lifetime) -> LoadResult {
        // What is no JSON is no value, such as a page for people.
        guard (try? parser.parse(response.body) { _ in }) != nil, let value = try? CacheValue(response.body) else {
            return .failed
        }
        let tags = OriginTags.read(response.header)
        let validators = OriginValidators(
            entityTag: response.header.first("ETag"), lastModified: response.header.first("Last-Modified"))
        // With more tags than an entry may have, not all could invalidate it: it is answered and not kept.
        return .value(
            value, tags: tags ?? [], lifetime: tags == nil ? Lifetime(fresh: .zero) : lifetime, origin: validators)
    }

    private func lifetime(
        _ response: HTTPClientResponse, _ directives: CacheDirectives, _ origin: OriginConfiguration,
        _ rules: NamespaceRules
    ) -> Lifetime {
        guard directives.mayBeStored else { return Lifetime(fresh: .zero) }
        // What caches before this one have used up.
        let age = directives.fresh == nil ? 0 : response.header.first("Age").flatMap { UInt32($0) } ?? 0
        let fresh = directives.fresh.map { Self.seconds(max(0, $0 - Int64(age))) } ?? rules.lifetimeUsual
        return Lifetime(
            fresh: min(fresh, rules.lifetimeMax),
            staleWhileRevalidate: directives.staleWhileRevalidate.map(Self.seconds) ?? origin.staleWhileRevalidate,
            staleIfError: directives.staleIfError.map(Self.seconds) ?? origin.staleIfError)
    }

    private static func seconds(_ count: Int64) -> Duration { .seconds(count) }
}
