internal import Caches
internal import Invalidations
internal import JSON

/// Figures of a rollout, of one node or the sum of several.
struct RolloutReport: Sendable {
    private static let names: [(RolloutCounts.Comparison, StaticString)] = [
        (.equal, "equal"), (.noise, "noise"), (.late, "late"), (.different, "different"), (.failed, "failed"),
        (.shed, "shed"),
    ]

    private(set) var comparisons: [RolloutCounts.Comparison: Int] = [:]
    private(set) var cacheCalls = 0
    private(set) var mainCalls = 0
    private(set) var dead = 0
    /// Keys that the database still needs.
    private(set) var dirty = 0
    /// Partitions whose writes are not known yet.
    private(set) var restoring = 0
    private(set) var nodes = 1

    init(_ counts: RolloutCounts?, dirty: Int, restoring: Int) {
        (self.dirty, self.restoring) = (dirty, restoring)
        guard let state = counts?.snapshot else { return }
        (comparisons, cacheCalls, mainCalls, dead) = (state.comparisons, state.cacheCalls, state.mainCalls, state.dead)
    }

    /// - Returns: nil for what another node did not answer with.
    init?(_ object: JSONValue) {
        guard let counts = object["counts"], let dirty = Self.count(object["dirty"]),
            let restoring = Self.count(object["restoring"])
        else { return nil }
        (self.dirty, self.restoring) = (dirty, restoring)
        for (result, name) in Self.names { comparisons[result] = Self.count(counts[name]) ?? 0 }
        cacheCalls = Self.count(counts["cacheCalls"]) ?? 0
        mainCalls = Self.count(counts["mainCalls"]) ?? 0
        dead = Self.count(counts["dead"]) ?? 0
    }

    private static func count(_ value: JSONValue?) -> Int? {
        value?.int64.flatMap { (0...Int64(UInt32.max)).contains($0) ? Int($0) : nil }
    }

    mutating func add(_ other: RolloutReport) {
        for (result, count) in other.comparisons { comparisons[result, default: 0] += count }
        cacheCalls += other.cacheCalls
        mainCalls += other.mainCalls
        dead += other.dead
        dirty += other.dirty
        restoring += other.restoring
        nodes += other.nodes
    }

    /// Whether the database has all that was written.
    var isDrained: Bool { dirty == 0 && restoring == 0 }

    func write(into writer: inout JSONWriter) {
        writer.member("nodes", Int64(nodes))
        writer.member("dirty", Int64(dirty))
        writer.member("restoring", Int64(restoring))
        writer.key("counts")
        writer.beginObject()
        let compared = [.equal, .noise, .late, .different].reduce(0) { $0 + (comparisons[$1] ?? 0) }
        writer.member("compared", Int64(compared))
        for (result, name) in Self.names { writer.member(name, Int64(comparisons[result] ?? 0)) }
        writer.member("cacheCalls", Int64(cacheCalls))
        writer.member("mainCalls", Int64(mainCalls))
        writer.member("dead", Int64(dead))
        writer.endObject()
    }
}
