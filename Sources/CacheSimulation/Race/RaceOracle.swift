internal import Caches

/// Knows what was invalidated when, and judges every answer.
struct RaceOracle {
    private var invalidations: [(step: Int, selectors: CacheSelectors, isSoft: Bool)] = []
    /// Values that clients brought: who comes behind the step gets no older one.
    private var brought: [(step: Int, key: CacheKey, made: Int)] = []
    private var readers: [WaiterID: (key: CacheKey, arrival: Int)] = [:]
    private var lastReader: UInt64 = 0

    /// Readers without an answer.
    var waiting: Int { readers.count }

    mutating func arrive(_ key: CacheKey, at step: Int) -> WaiterID {
        lastReader += 1
        readers[WaiterID(lastReader)] = (key, step)
        return WaiterID(lastReader)
    }

    mutating func invalidate(_ selectors: CacheSelectors, isSoft: Bool = false, at step: Int) {
        invalidations.append((step, selectors, isSoft))
    }

    /// A client has brought a value that was made in an earlier step.
    mutating func bring(_ key: CacheKey, made: Int, at step: Int) { brought.append((step, key, made)) }

    /// What nobody was told of may never have been.
    mutating func retract(_ steps: Set<Int>) {
        invalidations.removeAll { steps.contains($0.step) }
        brought.removeAll { steps.contains($0.step) }
    }

    /// None of them is answered any more.
    mutating func forgetReaders() { readers = [:] }

    mutating func forget(_ waiters: [WaiterID]) {
        for waiter in waiters { readers[waiter] = nil }
    }

    func isKeyInvalidated(_ key: CacheKey, since step: Int) -> Bool {
        invalidations.contains { $0.step > step && Self.covers($0.selectors, key, []) }
    }

    /// - Parameter isStale: the answer says so; then a soft invalidation allows it.
    /// - Throws: where a reader gets nothing of its own, or something that was invalidated before it came.
    mutating func answer(_ waiters: [WaiterID], _ entry: CacheEntry, isStale: Bool) throws(CacheViolation) {
        for waiter in waiters {
            guard let reader = readers.removeValue(forKey: waiter) else {
                throw CacheViolation(checker: "waiters", text: "reader \(waiter.value) is answered twice")
            }
            guard entry.key == reader.key else {
                throw CacheViolation(checker: "keys", text: "\(reader.key) is answered with \(entry.key)")
            }
            guard let value = entry.value else { continue }
            let made = Int(String(decoding: value.bytes.prefix { $0 != 0x20 }, as: UTF8.self)) ?? 0
            let late = invalidations.first {
                $0.step > made && $0.step < reader.arrival && !($0.isSoft && isStale)
                    && Self.covers($0.selectors, entry.key, entry.tags)
            }
            if let newer = brought.first(where: {
                $0.key == entry.key && $0.step < reader.arrival && $0.made > made
            }) {
                throw CacheViolation(
                    checker: "older",
                    text: "\(entry.key) of step \(made) is answered to a reader who came in step \(reader.arrival); "
                        + "one of step \(newer.made) was brought in step \(newer.step)")
            }
            guard let late else { continue }
            throw CacheViolation(
                checker: "stale",
                text: "\(entry.key) of step \(made) was invalidated in step \(late.step), and answered to a reader who "
                    + "came in step \(reader.arrival)")
        }
    }

    static func covers(_ selectors: CacheSelectors, _ key: CacheKey, _ tags: [String]) -> Bool {
        selectors.everything || selectors.keys.contains(key) || tags.contains { selectors.tags.contains($0) }
            || selectors.prefixes.contains { $0.covers(key) }
    }
}
