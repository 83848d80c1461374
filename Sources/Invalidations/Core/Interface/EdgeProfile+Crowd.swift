// Fan-out limit: edges that serve more namespaces together than one request can be routed to.
extension EdgeProfile {
    /// Purges that one request owes it.
    var steps: Int { repeatsAfter == nil ? 1 : 2 }

    /// A pattern whose namespaces have so many edges that a request to all of them could not be routed; nil when there
    /// is none. Edges that would skip some kinds of selectors count all the same: a request may name every kind.
    ///
    /// - Returns: the place of the first edge that has the pattern, the pattern, and the purges.
    public static func fanOut(in edges: [EdgeProfile]) -> (edge: Int, pattern: NamespacePattern, purges: Int)? {
        guard edges.count > Limits.edges / 2 else { return nil }
        let routes = RouteTable(edges)
        var known: Set<NamespacePattern> = []
        for (index, edge) in edges.enumerated() {
            for pattern in edge.namespaces where known.insert(pattern).inserted {
                let purges = routes.edges(of: pattern).reduce(0) { $0 + edges[$1].steps }
                if purges > Limits.edges { return (index, pattern, purges) }
            }
        }
        return nil
    }
}
