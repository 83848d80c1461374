/// Which edges serve a namespace, found without asking every edge.
struct RouteTable {
    private var byName: [String: [Int]] = [:]
    /// By the stem's length in bytes, the stems of that length.
    private var byStem: [(length: Int, edges: [String: [Int]])] = []
    private var everywhere: [Int] = []

    init(_ edges: [EdgeProfile]) {
        var stems: [Int: [String: [Int]]] = [:]
        for (edge, profile) in edges.enumerated() {
            for pattern in Set(profile.namespaces) {
                switch pattern {
                case .exactly(let name): byName[name, default: []].append(edge)
                case .prefix(let stem) where stem.isEmpty: everywhere.append(edge)
                case .prefix(let stem): stems[stem.utf8.count, default: [:]][stem, default: []].append(edge)
                }
            }
        }
        byStem = stems.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Ascending, each once.
    func edges(of namespace: Namespace) -> [Int] { edges(of: namespace.name) }

    /// Those that serve every namespace a pattern means: what all of them begin with is the least demanding of them.
    func edges(of pattern: NamespacePattern) -> [Int] { edges(of: pattern.stem) }

    private func edges(of name: String) -> [Int] {
        var special = byName[name] ?? []
        for stems in byStem where name.utf8.count >= stems.length {
            let stem = String(decoding: name.utf8.prefix(stems.length), as: UTF8.self)
            if let edges = stems.edges[stem] { special += edges }
        }
        if special.isEmpty { return everywhere }
        return Set(special + everywhere).sorted()
    }
}
