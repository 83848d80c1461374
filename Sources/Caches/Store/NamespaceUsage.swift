internal import Synchronization

/// What a namespace uses over all shards, and what its reads came to.
package final class NamespaceUsage: Sendable {
    private let bytesUsed = Atomic<Int>(0)
    private let entriesUsed = Atomic<Int>(0)
    private let hitCount = Atomic<Int>(0)
    private let missCount = Atomic<Int>(0)

    package init() {}

    package var bytes: Int { bytesUsed.load(ordering: .relaxed) }
    package var entries: Int { entriesUsed.load(ordering: .relaxed) }

    var hits: Int { hitCount.load(ordering: .relaxed) }
    var misses: Int { missCount.load(ordering: .relaxed) }

    func recordRead(isHit: Bool) {
        if isHit { hitCount.wrappingAdd(1, ordering: .relaxed) } else { missCount.wrappingAdd(1, ordering: .relaxed) }
    }

    func add(bytes: Int, entries: Int) {
        bytesUsed.add(bytes, ordering: .relaxed)
        entriesUsed.add(entries, ordering: .relaxed)
    }
}
