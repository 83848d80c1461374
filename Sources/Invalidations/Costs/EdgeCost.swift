/// Edge cost: what purges ask of one edge, after batching, told before any is sent.
package struct EdgeCost {
    /// Of selectors, in the order in which they are counted.
    package static let kinds: [SelectorKinds] = [.tags, .urls, .prefixes, .everything]

    package var requests: Int64 = 0
    package private(set) var calls: Int64 = 0
    /// Selectors by their kinds, those alone that the edge takes.
    package private(set) var items: [Int64] = [0, 0, 0, 0]
    private var bytes: Int64 = 0

    /// What takes longer takes for ever: a rate may be as small as one likes.
    private static let secondsMax = 1e9

    package init() {}

    /// Adds selectors that share calls.
    ///
    /// - Parameters:
    ///   - counts: by their kinds.
    ///   - bytes: of all of them.
    ///   - profile: of the edge; nil for one that is not configured any more.
    package mutating func add(_ counts: [Int64], bytes: Int64, _ profile: EdgeProfile?) {
        let most = Int64(profile?.callItemsMax ?? 1)
        var together: Int64 = 0
        for (index, (kind, count)) in zip(Self.kinds, counts).enumerated()
        where profile?.accepts.contains(kind) ?? true {
            items[index] += count
            if kind == .everything || profile?.singleCallKinds.contains(kind) ?? false {
                calls += count
            } else {
                together += count
            }
        }
        var shared = together / most + (together % most > 0 ? 1 : 0)
        if let bytesMax = profile.map({ Int64($0.callBytesMax) }), together > 0, together == counts.reduce(0, +) {
            shared = max(shared, bytes / bytesMax + (bytes % bytesMax > 0 ? 1 : 0))
        }
        calls += shared
        self.bytes += bytes
    }

    /// How long the calls take at the edge's limits, to a tenth of a second; nil where it has none.
    package func seconds(at limits: EdgeLimits?) -> Double? {
        let all = items.reduce(0, +)
        let seconds = [
            limits?.requests.map { Double(calls) / $0.perSecond },
            limits?.items.map { Double(all) / $0.perSecond },
            limits?.bytes.map { Double(bytes) / $0.perSecond },
        ].compactMap { $0 }.max()
        return seconds.map { min(($0 * 10).rounded() / 10, Self.secondsMax) }
    }
}
