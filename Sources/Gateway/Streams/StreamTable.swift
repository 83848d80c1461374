internal import Invalidations

/// Table of open streams: by what they want to hear of, and by when they get their next beat.
struct StreamTable {
    /// Beats are spread over as many ticks.
    static let slots: UInt64 = 15

    private var subscribers: [UInt64: StreamSubscriber] = [:]
    private var byNamespace: [Namespace: Set<UInt64>] = [:]
    private var ofAllNamespaces: Set<UInt64> = []
    private var byRequest: [RequestID: Set<UInt64>] = [:]
    private var bySlot: [Set<UInt64>] = Array(repeating: [], count: Int(slots))

    var isEmpty: Bool { subscribers.isEmpty }
    var all: [StreamSubscriber] { Array(subscribers.values) }

    /// Those whose clients have heard more than was read here.
    var ahead: [StreamSubscriber] {
        subscribers.values.filter { if case .ahead = $0.state { true } else { false } }
    }

    subscript(key: UInt64) -> StreamSubscriber? { subscribers[key] }

    mutating func add(_ subscriber: StreamSubscriber) {
        let key = subscriber.key
        subscribers[key] = subscriber
        bySlot[Int(key % Self.slots)].insert(key)
        switch subscriber.order.subject {
        case .events(nil): ofAllNamespaces.insert(key)
        case .events(let namespace?): byNamespace[namespace, default: []].insert(key)
        case .request(let followed): byRequest[followed.id, default: []].insert(key)
        }
    }

    mutating func remove(_ key: UInt64) {
        guard let subscriber = subscribers.removeValue(forKey: key) else { return }
        bySlot[Int(key % Self.slots)].remove(key)
        switch subscriber.order.subject {
        case .events(nil): ofAllNamespaces.remove(key)
        case .events(let namespace?):
            byNamespace[namespace]?.remove(key)
            if byNamespace[namespace]?.isEmpty == true { byNamespace[namespace] = nil }
        case .request(let followed):
            byRequest[followed.id]?.remove(key)
            if byRequest[followed.id]?.isEmpty == true { byRequest[followed.id] = nil }
        }
    }

    /// Those that may want events of the namespace.
    func listeners(to namespace: Namespace) -> [StreamSubscriber] {
        let keys = byNamespace[namespace].map { ofAllNamespaces.union($0) } ?? ofAllNamespaces
        return keys.compactMap { subscribers[$0] }
    }

    func followers(of id: RequestID) -> [StreamSubscriber] {
        byRequest[id]?.compactMap { subscribers[$0] } ?? []
    }

    func slot(_ tick: UInt64) -> [StreamSubscriber] {
        bySlot[Int(tick % Self.slots)].compactMap { subscribers[$0] }
    }
}
