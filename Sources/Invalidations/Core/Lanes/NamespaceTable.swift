/// The namespaces in use: which edges serve each, and its lane to each of them.
struct NamespaceTable {
    final class Entry {
        let namespace: Namespace
        /// The edges that serve it, by their place in the worker's list.
        let edges: [Int]
        /// Beside each edge its lane, where there is one.
        var lanes: [Int?]
        /// Open records and lanes.
        var references = 0

        init(namespace: Namespace, edges: [Int]) {
            self.namespace = namespace
            self.edges = edges
            lanes = Array(repeating: nil, count: edges.count)
        }
    }

    private let edges: [EdgeProfile]
    private var places: [Namespace: Int] = [:]
    private var entries = Slab<Entry>()

    init(edges: [EdgeProfile]) {
        self.edges = edges
    }

    var count: Int { entries.count }

    subscript(place: Int) -> Entry { entries[place] }

    /// The namespace's place, held until it is released as often as it was retained: by records and by lanes.
    mutating func retain(_ namespace: Namespace) -> Int {
        let place = places[namespace] ?? insert(namespace)
        retain(place)
        return place
    }

    mutating func retain(_ place: Int) {
        entries[place].references += 1
    }

    mutating func release(_ place: Int) {
        entries[place].references -= 1
        guard entries[place].references == 0 else { return }
        places[entries[place].namespace] = nil
        entries.remove(place)
    }

    private mutating func insert(_ namespace: Namespace) -> Int {
        let serving = edges.indices.filter { edges[$0].serves(namespace) }
        let place = entries.insert(Entry(namespace: namespace, edges: serving))
        places[namespace] = place
        return place
    }
}
