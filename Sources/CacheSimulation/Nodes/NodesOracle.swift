internal import Caches

/// Knows what was acknowledged when, and judges what readers get.
struct NodesOracle {
    private struct Acknowledged {
        let step: Int
        let offset: Int64
    }

    private var acknowledged: [CacheKey: [Acknowledged]] = [:]
    /// By partition, when each epoch began.
    private var claims: [Int32: [(epoch: Int64, step: Int)]] = [:]
    /// By key that others write: which value is the oldest that readers may get, and from when on.
    private var promised: [CacheKey: [(step: Int, position: Int, value: Int)]] = [:]
    private(set) var counts = NodesCounts()

    mutating func acknowledge(_ key: CacheKey, _ offset: Int64, at step: Int) {
        acknowledged[key, default: []].append(Acknowledged(step: step, offset: offset))
        counts.acknowledged += 1
    }

    mutating func claim(_ partition: Int32, _ epoch: Int64, at step: Int) {
        claims[partition, default: []].append((epoch, step))
        counts.claims += 1
    }

    /// - Parameter position: in the log of invalidations; none where all nodes have said that it is done.
    mutating func promise(_ key: CacheKey, _ value: Int, at step: Int, position: Int?) {
        promised[key, default: []].append((step, position ?? -1, value))
        counts.invalidations += 1
    }

    /// The newest write that the reader must see, or a later one; nil for none.
    ///
    /// Who owned the key a moment ago may answer with what was acknowledged before the next owner claimed it.
    func needed(_ key: CacheKey, _ partition: Int32, epoch: Int64, since arrival: Int) -> Int64? {
        let ended = claims[partition]?.lazy.filter { $0.epoch > epoch }.map(\.step).min() ?? .max
        return acknowledged[key]?.lazy.filter { $0.step < min(arrival, ended) }.map(\.offset).max()
    }

    /// The oldest value of others that a reader may get who knows the invalidations up to `position`.
    func oldest(_ key: CacheKey, position: Int, since arrival: Int) -> Int {
        promised[key]?.lazy.filter { $0.position < 0 ? $0.step < arrival : $0.position <= position }.map(\.value).max()
            ?? 0
    }

    mutating func countRead() { counts.reads += 1 }
    mutating func countRepetition() { counts.repetitions += 1 }
    mutating func countLateRead() { counts.readsOfEarlierOwners += 1 }
}

/// What happened in a run of the nodes, so that a test sees that much did.
public struct NodesCounts: Hashable, Sendable {
    public var acknowledged = 0
    public var reads = 0
    public var claims = 0
    public var invalidations = 0
    public var repetitions = 0
    /// Answers of nodes that did not know yet that they own the key no more.
    public var readsOfEarlierOwners = 0

    public init() {}

    public static func + (a: NodesCounts, b: NodesCounts) -> NodesCounts {
        var sum = a
        sum.acknowledged += b.acknowledged
        sum.reads += b.reads
        sum.claims += b.claims
        sum.invalidations += b.invalidations
        sum.repetitions += b.repetitions
        sum.readsOfEarlierOwners += b.readsOfEarlierOwners
        return sum
    }
}
