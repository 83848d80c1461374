/// Open records by the ids of their requests. It is kept only while cancellations come: most workers never see one, and
/// would pay for it with every record.
struct RequestIndex {
    private static let keptFor = Duration.seconds(60).nanoseconds

    private var places: [RequestID: [Int]]?
    private var usedAt: Int64 = .min / 2

    /// - Parameters:
    ///   - now: on the monotonic clock.
    ///   - all: every open request and its place; asked where nothing is kept.
    mutating func places(of id: RequestID, now: Int64, all: () -> [(RequestID, Int)]) -> [Int] {
        usedAt = now
        if places == nil { places = Dictionary(grouping: all(), by: \.0).mapValues { $0.map(\.1) } }
        return places?[id] ?? []
    }

    mutating func insert(_ id: RequestID, _ place: Int) { places?[id, default: []].append(place) }

    mutating func remove(_ id: RequestID, _ place: Int) {
        guard var known = places?[id] else { return }
        known.removeAll { $0 == place }
        places?[id] = known.isEmpty ? nil : known
    }

    mutating func dropIfUnused(now: Int64) {
        if places != nil, now - usedAt >= Self.keptFor { places = nil }
    }
}
