/// Retry planner: the retry topic, the due time and the reason of what is left of a request.
///
/// A pure function of what is left, of the retry record that it was read from, and of the time. It knows no edge and no
/// record: the caller says what it must know of each part.
package struct RetryPlanner {
    /// One part that is left.
    package struct Part: Equatable {
        package var reason: DeferReason
        /// How long the part's edge has been down, in milliseconds; nil while it is not.
        package var outage: Int64?
        /// How long after the first purge the repeat purge comes, in milliseconds; nil where the edge has none.
        package var repeatsAfter: Int64?
        /// How long the edge keeps its distance from inner caches, in milliseconds.
        package var layerDistance: Int64

        package init(reason: DeferReason, outage: Int64? = nil, repeatsAfter: Int64? = nil, layerDistance: Int64 = 0) {
            self.reason = reason
            self.outage = outage
            self.repeatsAfter = repeatsAfter
            self.layerDistance = layerDistance
        }
    }

    /// The retry record that the request was read from.
    package struct Previous: Equatable {
        package var tier: Int
        package var notBefore: Timestamp
        /// A part of it has ended in this retry round: an outer cache keeps its distance from that one.
        package var hasEndedPart: Bool

        package init(tier: Int, notBefore: Timestamp, hasEndedPart: Bool = false) {
            self.tier = tier
            self.notBefore = notBefore
            self.hasEndedPart = hasEndedPart
        }
    }

    package struct Plan: Equatable {
        /// The retry topic's number, from 0.
        package var tier: Int
        package var notBefore: Timestamp
        package var reason: DeferReason

        package init(tier: Int, notBefore: Timestamp, reason: DeferReason) {
            self.tier = tier
            self.notBefore = notBefore
            self.reason = reason
        }
    }

    /// The delays of the retry topics in milliseconds, none shorter than the one before.
    private let delays: [Int64]

    package init(delays: [Int64]) {
        self.delays = delays
    }

    /// - Parameters:
    ///   - parts: what is left; at least one.
    ///   - previous: nil for a record of an invalidation topic.
    ///   - earliest: the request's own `notBefore`.
    package func plan(
        _ parts: [Part], after previous: Previous?, notBefore earliest: Timestamp? = nil, now: Timestamp
    ) -> Plan {
        precondition(!delays.isEmpty && !parts.isEmpty, "a retry needs a topic and something that is left")
        // It may be written late, after that time: then it is due at once.
        if let earliest, earliest > now || parts.allSatisfy({ $0.reason == .scheduled }) {
            return planWait(until: earliest, after: previous, now: now)
        }
        let (tier, notBefore) = nextRetry(parts, after: previous, now: now)
        return Plan(tier: tier, notBefore: notBefore, reason: Self.reason(of: parts))
    }

    /// The next hop towards a time: the longest delay that ends before it, and the shortest for what is left.
    ///
    /// A record never waits on a topic with a longer delay than it has left, so those before it there come due before
    /// it, and it is late by the first topic's delay at most.
    private func planWait(until earliest: Timestamp, after previous: Previous?, now: Timestamp) -> Plan {
        // The record only stood in the way: it keeps its topic and its due time.
        if let previous, previous.notBefore > now {
            return Plan(tier: previous.tier, notBefore: previous.notBefore, reason: .scheduled)
        }
        let tier = delays.lastIndex { now + $0 <= earliest } ?? 0
        return Plan(tier: tier, notBefore: min(earliest, now + delays[tier]), reason: .scheduled)
    }

    private func nextRetry(
        _ parts: [Part], after previous: Previous?, now: Timestamp
    ) -> (tier: Int, notBefore: Timestamp) {
        let distance = parts.reduce(0) { max($0, $1.layerDistance) }
        let repeatPause = longestRepeatPause(of: parts)
        if let previous, previous.notBefore > now, repeatPause == nil {
            // The record was only tried ahead of its time: it keeps its topic and its due time.
            return (previous.tier, max(previous.notBefore, now + (previous.hasEndedPart ? distance : 0)))
        }
        if previous != nil, parts.allSatisfy(\.reason.waitsForCapacityOnly) {
            // Nothing has failed: the record waits for capacity, and not for the next topic's time.
            return (0, now + max(delays[0], distance))
        }
        if let outage = longestOutage(of: parts) {
            // As long as the edge has been down it may stay down: an earlier retry would only be written once more.
            // When the edge recovers, its backlog is read ahead of time.
            let fitting = max(tier(notBelow: outage), previous?.tier ?? 0)
            return (fitting, now + max(delays[fitting], distance))
        }
        let next = min((previous?.tier ?? -1) + 1, delays.count - 1)
        guard let repeatPause else { return (next, now + max(delays[next], distance)) }
        // A part that is not due yet does not come due sooner because it shares its record with a repeat purge.
        let earliest = previous?.notBefore ?? now
        guard parts.contains(where: { $0.reason != .repeatPurge }) else {
            return (max(tier(notBelow: repeatPause), previous?.tier ?? 0), max(now + repeatPause, earliest))
        }
        return (next, max(now + max(delays[next], repeatPause, distance), earliest))
    }

    /// The first topic whose delay is not below that, or the last one.
    private func tier(notBelow pause: Int64) -> Int { delays.firstIndex { $0 >= pause } ?? delays.count - 1 }

    /// Nil where a part waits for something else than an edge that is down.
    private func longestOutage(of parts: [Part]) -> Int64? {
        var longest: Int64?
        for part in parts {
            switch part.reason {
            case .failed, .repeatPurge: return nil
            case .breaker, .overflow, .order, .blocking, .scan, .replay, .scheduled: break
            }
            if let outage = part.outage { longest = max(longest ?? 0, outage) }
        }
        return longest
    }

    /// Nil where no repeat purge was planned in this retry round.
    private func longestRepeatPause(of parts: [Part]) -> Int64? {
        parts.lazy.filter { $0.reason == .repeatPurge }.compactMap(\.repeatsAfter).max()
    }

    /// Precedence: failed > repeat purge > anything else > capacity. A part that failed waits for its time, and so does
    /// all that shares its record.
    static func reason(of parts: [Part]) -> DeferReason {
        let reasons = parts.map(\.reason)
        if reasons.contains(.failed) { return .failed }
        if reasons.contains(.repeatPurge) { return .repeatPurge }
        return reasons.first { !$0.waitsForCapacityOnly } ?? reasons.first ?? .failed
    }
}
