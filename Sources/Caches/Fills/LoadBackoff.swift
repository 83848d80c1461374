/// Pauses behind loads that failed, by key. Bounded: the oldest is forgotten first.
struct LoadBackoff {
    private struct Failure {
        var count: Int
        var until: CacheTime
        var number: UInt64
    }

    private let keysMax: Int
    private var failures: [CacheAddress: Failure] = [:]
    private var order: [(address: CacheAddress, number: UInt64)] = []
    private var number: UInt64 = 0

    init(keysMax: Int) {
        self.keysMax = keysMax
    }

    var byteCount: Int { failures.capacity * 64 + order.capacity * 40 }

    /// How long no load of the key begins; nil where it may.
    func pause(_ address: CacheAddress, _ now: CacheTime) -> Duration? {
        guard let failure = failures[address], now < failure.until else { return nil }
        return failure.until.since(now)
    }

    /// - Returns: the pause that follows.
    mutating func recordFailure(
        _ address: CacheAddress, _ now: CacheTime, first: Duration, longest: Duration
    ) -> Duration {
        number += 1
        let count = min((failures[address]?.count ?? 0) + 1, 16)
        let pause = min(first * (1 << (count - 1)), longest)
        failures[address] = Failure(count: count, until: now + pause, number: number)
        order.append((address, number))
        if order.count > 2 * keysMax { forgetOldest() }
        return pause
    }

    mutating func recordSuccess(_ address: CacheAddress) {
        guard !failures.isEmpty else { return }
        failures[address] = nil
        if failures.isEmpty { order.removeAll(keepingCapacity: true) }
    }

    private mutating func forgetOldest() {
        order.removeAll { failures[$0.address]?.number != $0.number }
        let surplus = order.count - keysMax
        guard surplus > 0 else { return }
        for oldest in order.prefix(surplus) { failures[oldest.address] = nil }
        order.removeFirst(surplus)
    }
}
