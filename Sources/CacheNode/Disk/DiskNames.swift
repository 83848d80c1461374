internal import Caches
internal import Invalidations
internal import Synchronization

/// Which number a namespace has in the store, and which in the file.
final class DiskNames: Sendable {
    private struct State {
        var names: [NamespaceNumber: Namespace] = [:]
        var ids: [NamespaceNumber: Int64] = [:]
        var numbers: [Int64: NamespaceNumber] = [:]
    }

    private let state = Mutex(State())

    func add(_ number: NamespaceNumber, _ name: Namespace) { state.withLock { $0.names[number] = name } }

    func add(_ number: NamespaceNumber, id: Int64) {
        state.withLock { state in
            state.ids[number] = id
            state.numbers[id] = number
        }
    }

    func name(_ number: NamespaceNumber) -> Namespace? { state.withLock { $0.names[number] } }

    /// Nil where the file has nothing of it.
    func id(_ number: NamespaceNumber) -> Int64? { state.withLock { $0.ids[number] } }

    func number(_ id: Int64) -> NamespaceNumber? { state.withLock { $0.numbers[id] } }
}
