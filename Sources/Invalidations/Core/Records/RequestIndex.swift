internal import Basics

/// Open records by the ids of their requests. It is kept only while cancellations come: most workers never see one, and
/// would pay for it with every record.
struct RequestIndex {
    private static let keptFor = Duration.seconds(60).nanoseconds

    private var indices: [RequestID: [Int]]?
    private var usedAt: Int64 = .min / 2

    /// - Parameters:
    ///   - now: on the monotonic clock.
    ///   - all: every open request and its place; asked where nothing is kept.
    mutating func indices(of id: RequestID, now: Int64, all: () -> [(RequestID, Int)]) -> [Int] {
        usedAt = now
        if indices == nil { indices = Dictionary(grouping: all(), by: \.0).mapValues { $0.map(\.1) } }
        return indices?[id] ?? []
    }

    mutating func insert(_ id: RequestID, _ index: Int) { indices?[id, default: []].append(index) }

    mutating func remove(_ id: RequestID, _ index: Int) {
        guard var known = indices?[id] else { return }
        known.removeAll { $0 == index }
        indices?[id] = known.isEmpty ? nil : known
    }

    mutating func dropIfUnused(now: Int64) {
        if indices != nil, now - usedAt >= Self.keptFor { indices = nil }
    }
}
