/// What a reader gets, or waits for.
public enum ReadAnswer: Sendable {
    /// `load` asks for a load in the background, for which nobody waits.
    case hit(CacheEntry, isStale: Bool, load: LoadOrder?)
    /// The origin had no such thing a moment ago.
    case absent(CacheEntry)
    /// The reader waits for this load, which the caller carries out.
    case load(LoadOrder)
    /// The reader waits for a load that is under way or follows one.
    case joined
    case refused(FillRefusal)
}

/// A load that the caller carries out, and ends with `finishLoad`.
public struct LoadOrder: Sendable {
    public let token: FillToken
    public let address: CacheAddress
    /// Sent along, so that the origin can say "unchanged".
    public let origin: OriginValidators?
    /// Of what was there before, which keeps them where the origin says "unchanged".
    public let tags: [String]
    public let startedAt: CacheTime
    public let deadline: CacheTime
    /// Whether memory has nothing of the key, so that the disk is asked first, where there is one.
    public let looksOnDisk: Bool
}

/// Why no fill begins, and when to ask once more.
public struct FillRefusal: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// A load failed lately.
        case backoff
        /// A client is to bring the value.
        case leaseHeld
        case tooManyFills
        case tooManyWaiters
        case unknownNamespace
    }

    public let reason: Reason
    public let retryAfter: Duration

    package init(reason: Reason, retryAfter: Duration) {
        self.reason = reason
        self.retryAfter = retryAfter
    }
}

/// What a client gets that would bring the value itself.
public enum LeaseAnswer: Sendable {
    case found(CacheEntry, Freshness)
    /// What there is is stale, and the client may store a newer value with this token.
    case renewed(CacheEntry, FillToken)
    /// The client may store with this token until then.
    case won(FillToken, until: CacheTime)
    case refused(FillRefusal)
}

/// What the origin said.
public enum LoadResult: Sendable {
    case value(CacheValue, tags: [String], lifetime: Lifetime, origin: OriginValidators?)
    /// What was there before is still the newest.
    case unchanged(Lifetime)
    /// 404 or 410: remembered for 30 seconds at most.
    case absent(Duration)
    case failed
    /// The disk had this entry, which keeps its times. Where it is stale, the origin may be asked.
    case onDisk(CacheEntry, mayLoad: Bool)
    /// There is no origin, and the disk has nothing. That is not remembered.
    case nowhere
}

extension LoadResult {
    /// A write that the database does not have yet.
    ///
    /// It is answered, and not kept: what the store has lost of it may have been invalidated, so what the database has
    /// is loaded as soon as it has the write.
    package init(unflushed change: PendingWrite.Change) {
        switch change {
        case .set(let value, let tags, _):
            self = .value(value, tags: tags, lifetime: Lifetime(fresh: .zero), origin: nil)
        case .delete: self = .absent(.zero)
        }
    }
}

/// What follows from the end of a load.
public struct LoadEnd: Sendable {
    public enum Outcome: Hashable, Sendable {
        case stored
        /// Something was invalidated since its start: answered to those who came before, and not stored.
        case overtaken
        case tooLarge
        case failed
        /// There is nothing, and nothing was asked that could be remembered.
        case absent
        /// The disk had it.
        case found
        /// Its time was over before, or nobody knows it.
        case unknown
    }

    public enum Answer: Sendable {
        case entry(CacheEntry, isStale: Bool)
        case absent
        case failed(retryAfter: Duration)
    }

    public let outcome: Outcome
    /// Each waiter is in one of them or waits for `next`.
    public var answers: [(waiters: [WaiterID], answer: Answer)] = []
    /// A load for readers who must not get what this one brought.
    public var next: LoadOrder?
}

/// What becomes of a value that a client brings with a lease.
public enum LeaseEnd: Hashable, Sendable {
    case stored
    /// The lease is over, or something was invalidated since its start.
    case void
    case tooLarge
}
