package import Caches
internal import Invalidations
internal import Synchronization

/// Invalidations whose keys may have writes that wait: those are flushed first.
///
/// Any thread adds to it, and waits for no partition. Beyond the bound all that waits counts as invalidated: it is
/// flushed earlier than it had to be, never later.
final class InvalidatedWrites: Sendable {
    private struct State {
        var batch = InvalidatedBatch()
        var count = 0
        var isWide = false
        /// Looking through all that waits costs time, in which the thread does nothing else.
        var nextSearch = CacheTime(nanoseconds: 0)
    }

    static let selectorsMax = 10_000
    /// Of the time, a tenth at most goes into searches.
    private static let pauseFactor = 9

    private let state = Mutex(State())

    /// - Returns: whether it had nothing before.
    func add(_ selectors: CacheSelectors, in namespace: Namespace) -> Bool {
        let count = max(
            1, selectors.keys.count + selectors.tags.count + selectors.prefixes.count)
        return state.withLock { state in
            defer { state.count += count }
            let isFirst = state.count == 0
            state.isWide = state.isWide || selectors.isWide
            guard !state.batch.everything else { return isFirst }
            guard state.count + count <= Self.selectorsMax else {
                state.batch = InvalidatedBatch(everything: true)
                state.isWide = true
                return isFirst
            }
            state.batch.namespaces[namespace, default: InvalidatedKeys()].add(selectors)
            return isFirst
        }
    }

    /// - Returns: all of it; nil while there is nothing, or a search would come too soon behind the last one.
    func takeAll(_ now: CacheTime) -> InvalidatedBatch? {
        state.withLock { state in
            guard state.count > 0, !state.isWide || state.nextSearch <= now else { return nil }
            defer { (state.batch, state.count, state.isWide) = (InvalidatedBatch(), 0, false) }
            return state.batch
        }
    }

    func didSearch(for time: Duration, until now: CacheTime) {
        state.withLock { $0.nextSearch = now + time * Self.pauseFactor }
    }
}

/// What was invalidated since somebody asked.
struct InvalidatedBatch: Sendable {
    var namespaces: [Namespace: InvalidatedKeys] = [:]
    var everything = false

    /// Whether it can mean any key of a namespace.
    var isWide: Bool { everything || namespaces.values.contains(where: \.isWide) }
}

/// Keys of one namespace that several invalidations name together.
package struct InvalidatedKeys: Sendable {
    private(set) var keys: Set<CacheKey> = []
    private var tags: Set<String> = []
    private var prefixes: Set<KeyPrefix> = []
    private var everything = false

    package init() {}

    package mutating func add(_ selectors: CacheSelectors) {
        keys.formUnion(selectors.keys)
        tags.formUnion(selectors.tags)
        prefixes.formUnion(selectors.prefixes)
        everything = everything || selectors.everything
    }

    var isWide: Bool { everything || !tags.isEmpty || !prefixes.isEmpty }

    /// Whether a write is meant. One that deletes has no tags.
    package func covers(_ write: PendingWrite) -> Bool {
        if everything || keys.contains(write.address.key) { return true }
        if prefixes.contains(where: { $0.covers(write.address.key) }) { return true }
        guard !tags.isEmpty, case .set(_, let own, _) = write.change else { return false }
        return own.contains { tags.contains($0) }
    }
}
