internal import Invalidations

/// Until when no mirrors begin, by namespace. Bounded: where there are too many, all wait.
struct MirrorPauses {
    private let namespacesMax: Int
    private var byNamespace: [Namespace: CacheTime] = [:]
    private var all = CacheTime(nanoseconds: .min)

    init(namespacesMax: Int) {
        self.namespacesMax = namespacesMax
    }

    mutating func pause(_ namespace: Namespace, until: CacheTime, _ now: CacheTime) {
        if byNamespace.count >= namespacesMax { byNamespace = byNamespace.filter { $0.value > now } }
        guard byNamespace.count < namespacesMax || byNamespace[namespace] != nil else {
            all = max(all, until)
            return
        }
        byNamespace[namespace] = until
    }

    func isPaused(_ namespace: Namespace, _ now: CacheTime) -> Bool {
        now < all || byNamespace[namespace].map { now < $0 } ?? false
    }
}
