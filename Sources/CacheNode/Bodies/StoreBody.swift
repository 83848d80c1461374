internal import Caches
internal import JSON

/// What a client stores: a value as it was sent, its tags and its times.
struct StoreBody: Sendable {
    let value: CacheValue
    let tags: [String]
    let lifetime: Lifetime
    /// The time to live was longer than what is allowed.
    let isClamped: Bool
    /// What is to be published once the value is stored; nil for nothing.
    let invalidate: SelectorsBody?

    /// - Parameters:
    ///   - object: with `value`, and perhaps `ttl`, `tags`, `staleWhileRevalidate`, `staleIfError` and `invalidate`.
    ///   - bytes: that the object was read from.
    init(_ object: JSONValue, _ bytes: ArraySlice<UInt8>, _ key: CacheKey, _ rules: NamespaceRules) throws {
        guard object.kind == .object else { throw CallRefusal(400, "The body must be an object with a value") }
        guard let index = Self.lastIndex("value", object), let range = JSONRange.member(index, of: bytes) else {
            throw CallRefusal.missingValue
        }
        guard range.count <= CacheLimits.valueBytes else { throw CacheInputError.valueIsTooLarge }
        // Counted first: the tags of a hostile body are not copied.
        let texts = try object.texts("tags", max: CacheLimits.tags)
        tags = try CacheTags.validated(texts)
        (lifetime, isClamped) = try rules.lifetime(
            of: key, tags: tags, ttl: try object.seconds("ttl"),
            staleWhileRevalidate: try object.seconds("staleWhileRevalidate"),
            staleIfError: try object.seconds("staleIfError"))
        invalidate = try Self.selectors(object["invalidate"])
        value = try CacheValue(Array(bytes[range]))
    }

    private static func selectors(_ value: JSONValue?) throws(CallRefusal) -> SelectorsBody? {
        guard let value, !value.isNull else { return nil }
        guard value.kind == .object else {
            throw CallRefusal(400, "invalidate must be an object with tags or urls")
        }
        guard value["namespace"]?.isNull ?? true else {
            throw CallRefusal(400, "invalidate has no namespace: it is that of the entry")
        }
        return try SelectorsBody(value)
    }

    /// The place of the last member of that name, as most JSON readers take it.
    private static func lastIndex(_ name: StaticString, _ object: JSONValue) -> Int? {
        var index = 0
        var found: Int?
        object.forEachMember { key, _ in
            if key == name { found = index }
            index += 1
        }
        return found
    }
}
