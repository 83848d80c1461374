internal import Synchronization

/// What the entries of a namespace use, over all shards.
package final class NamespaceUsage: Sendable {
    private let bytesUsed = Atomic<Int>(0)
    private let entriesUsed = Atomic<Int>(0)

    package init() {}

    package var bytes: Int { bytesUsed.load(ordering: .relaxed) }
    package var entries: Int { entriesUsed.load(ordering: .relaxed) }

    func add(bytes: Int, entries: Int) {
        bytesUsed.add(bytes, ordering: .relaxed)
        entriesUsed.add(entries, ordering: .relaxed)
    }
}
