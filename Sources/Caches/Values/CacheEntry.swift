internal import Basics

/// Entry of a cache: a value or an absence, its tags and its times. It never changes.
public final class CacheEntry: Sendable {
    public let key: CacheKey
    /// Nil where the origin has no such thing.
    public let value: CacheValue?
    public let tags: [String]
    /// What the origin said of its own version, to ask it whether that is still the newest.
    public let origin: OriginValidators?
    /// Where freshness counts from: the start of the load, or the arrival of the write.
    public let since: CacheTime
    public let freshUntil: CacheTime
    public let revalidateUntil: CacheTime
    public let errorUntil: CacheTime

    public init(
        key: CacheKey, value: CacheValue?, tags: [String], origin: OriginValidators? = nil, since: CacheTime,
        lifetime: Lifetime
    ) {
        self.key = key
        self.value = value
        self.tags = tags
        self.origin = origin
        self.since = since
        freshUntil = since + lifetime.fresh
        revalidateUntil = freshUntil + lifetime.staleWhileRevalidate
        errorUntil = freshUntil + lifetime.staleIfError
    }

    /// The entry once a soft invalidation has ended its freshness: what may be done with it stale begins then.
    ///
    /// - Returns: nil where nothing may be done with it.
    func stale(_ now: CacheTime) -> CacheEntry? {
        guard value != nil, deadAt > now else { return nil }
        guard now < freshUntil else { return self }
        let lifetime = Lifetime(
            fresh: now.since(since), staleWhileRevalidate: revalidateUntil.since(freshUntil),
            staleIfError: errorUntil.since(freshUntil))
        let entry = CacheEntry(key: key, value: value, tags: tags, origin: origin, since: since, lifetime: lifetime)
        return entry.deadAt > now ? entry : nil
    }

    /// By how much its value is smaller than what the publisher sent.
    var savedBytes: Int { value.map { $0.size - $0.held.count } ?? 0 }

    /// From then on it answers nothing.
    public var deadAt: CacheTime { max(revalidateUntil, errorUntil) }

    public func freshness(_ now: CacheTime) -> Freshness {
        if now < freshUntil { return .fresh }
        if now < revalidateUntil { return .stale }
        return now < errorUntil ? .staleIfError : .dead
    }

    /// `Age` of an answer, in whole seconds.
    public func age(_ now: CacheTime) -> Int64 { now.since(since).milliseconds / 1_000 }

    /// `max-age` of an answer, in whole seconds, rounded down and never negative.
    public func maxAge(_ now: CacheTime) -> Int64 { freshUntil.since(now).milliseconds / 1_000 }

    /// `ttl` of `Cache-Status`: negative says how long it has been stale, rounded away from zero.
    public func statusTTL(_ now: CacheTime) -> Int64 {
        now < freshUntil ? maxAge(now) : -((now.since(freshUntil).milliseconds + 999) / 1_000)
    }
}

/// What an entry is good for at a moment.
public enum Freshness: Hashable, Sendable {
    case fresh
    /// An answer, and a reason to load.
    case stale
    /// An answer only where the origin fails.
    case staleIfError
    case dead
}

/// The origin's own validators, which a later load sends back.
public final class OriginValidators: Sendable {
    public let entityTag: String?
    public let lastModified: String?

    public init(entityTag: String?, lastModified: String?) {
        self.entityTag = entityTag
        self.lastModified = lastModified
    }
}
