internal import Caches
internal import Synchronization

/// Readers that wait for a load, by their number. The core bounds how many there are.
final class WaitingReaders: Sendable {
    struct Reader: Sendable {
        /// Another reader's load answers it.
        var isCollapsed = false
        let deliver: @Sendable (LoadEnd.Answer, LoadEnd.Outcome, _ isCollapsed: Bool) -> Void
    }

    private struct State {
        var readers: [UInt64: Reader] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    func add(
        _ deliver: @escaping @Sendable (LoadEnd.Answer, LoadEnd.Outcome, _ isCollapsed: Bool) -> Void
    ) -> WaiterID {
        state.withLock { state in
            state.next += 1
            state.readers[state.next] = Reader(deliver: deliver)
            return WaiterID(state.next)
        }
    }

    func markCollapsed(_ id: WaiterID) {
        state.withLock { $0.readers[id.value]?.isCollapsed = true }
    }

    func remove(_ id: WaiterID) -> Reader? {
        state.withLock { $0.readers.removeValue(forKey: id.value) }
    }

    func removeAll() -> [Reader] {
        state.withLock { state in
            defer { state.readers = [:] }
            return Array(state.readers.values)
        }
    }
}
