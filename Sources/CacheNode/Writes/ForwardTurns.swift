internal import HTTP
internal import Invalidations
internal import Synchronization

/// Turns of calls for other nodes, by namespace and node.
///
/// A namespace has a share of the connections to a node, and no more: otherwise its readers of keys that load slowly
/// would hold up all others' hits.
final class ForwardTurns: Sendable {
    /// - Returns: false where the call is not made. It has its answer then.
    typealias Call = @Sendable () -> Bool

    /// Calls of one namespace to one node.
    struct Lane: Hashable {
        let namespace: String
        let node: Substring

        /// - Parameter url: with the node's address at its beginning.
        init(_ request: HTTPRequest, _ url: String) {
            namespace = request.parameter("namespace") ?? ""
            let host = url.firstRange(of: "://")?.upperBound ?? url.startIndex
            node = url[..<(url[host...].firstIndex(of: "/") ?? url.endIndex)]
        }
    }

    private struct Turns {
        /// Calls under way.
        var active = 0
        var waiting = RingBuffer<Call>()
    }

    private struct State {
        var lanes: [Lane: Turns] = [:]
        var count = 0
    }

    /// Half of the connections to a node.
    static let activeMax = 64
    /// Calls that have no answer yet.
    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) {
        self.countMax = countMax
    }

    /// Makes the call now or in its turn. `end` is to be called once for each that was made.
    ///
    /// - Returns: false where too many calls wait, of the namespace or of all.
    func add(_ lane: Lane, _ call: @escaping Call) -> Bool {
        let (isAccepted, isImmediate) = state.withLock { state in
            var turns = state.lanes[lane] ?? Turns()
            guard state.count < countMax, turns.active + turns.waiting.count < countMax / 2 else {
                return (false, false)
            }
            let isImmediate = turns.active < Self.activeMax
            if isImmediate { turns.active += 1 } else { turns.waiting.append(call) }
            state.lanes[lane] = turns
            state.count += 1
            return (true, isImmediate)
        }
        if isImmediate, !call() { end(lane) }
        return isAccepted
    }

    /// A call has its answer: the next one of its lane is made.
    func end(_ lane: Lane) {
        while let next = popNext(lane) {
            if next() { return }
        }
    }

    private func popNext(_ lane: Lane) -> Call? {
        state.withLock { state in
            guard var turns = state.lanes[lane] else { return nil }
            state.count -= 1
            let next = turns.waiting.popFirst()
            if next == nil { turns.active -= 1 }
            state.lanes[lane] = turns.active == 0 ? nil : turns
            return next
        }
    }
}
