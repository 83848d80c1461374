package import HTTP
internal import Invalidations
package import Runtime
internal import Synchronization

/// One limit for each name: a key, a namespace or an address.
///
/// The table is bounded: a name that was pushed out of it begins anew.
package final class LimitTable: Sendable {
    private static let namesMax = 16_384

    /// As header fields name it.
    private let policy: String
    private let quota: Quota
    private let limits: Mutex<BoundedTable<String, RateLimit>>

    /// - Returns: nil where nothing is limited.
    package init?(_ policy: String, _ quota: Quota?) {
        guard let quota else { return nil }
        self.policy = policy
        self.quota = quota
        limits = Mutex(BoundedTable(capacity: Self.namesMax))
    }

    /// Names in the table.
    package var count: Int { limits.withLock { $0.count } }

    private var rate: Rate {
        Rate(perSecond: Double(quota.amount) / Double(quota.seconds), burst: Double(quota.amount))
    }

    /// Counts a request of that name.
    ///
    /// - Returns: nil when it may pass.
    package func charge(_ name: String, now: MonotonicTime = .now()) -> HTTPResponse? {
        let wait = limits.withLock { table -> Int64 in
            var limit = table[name] ?? RateLimit(rate)
            let wait = limit.earliest(1, now: now.nanoseconds) - now.nanoseconds
            guard wait <= 0 else { return wait }
            limit.charge(1, now: now.nanoseconds)
            if table[name] == nil { table.insert(name, limit) } else { table.update(name) { $0 = limit } }
            return 0
        }
        return wait > 0 ? refusal(wait) : nil
    }

    /// Whether the next request of that name would be refused.
    func isExhausted(_ name: String, now: MonotonicTime = .now()) -> Bool {
        limits.withLock { $0[name] }.map { $0.earliest(1, now: now.nanoseconds) > now.nanoseconds } ?? false
    }

    /// See draft-ietf-httpapi-ratelimit-headers-10.
    private func refusal(_ wait: Int64) -> HTTPResponse {
        let seconds = (wait + 999_999_999) / 1_000_000_000
        return Problems.tooManyRequests(policy, quota)
            .with("Retry-After", "\(seconds)")
            .with("RateLimit-Policy", "\"\(policy)\";q=\(quota.amount);w=\(quota.seconds)")
            .with("RateLimit", "\"\(policy)\";r=0;t=\(seconds)")
    }
}
