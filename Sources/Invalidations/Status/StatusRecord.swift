/// All that is known of one request: what the fold of its progress gives.
public struct StatusRecord: Hashable, Sendable {
    /// How far one edge is. Cells are ordered: a later generation outranks every state of an earlier one.
    public struct Cell: Hashable, Comparable, Sendable {
        public var generation: UInt32
        public var state: EdgeState

        public init(generation: UInt32, state: EdgeState) {
            self.generation = generation
            self.state = state
        }

        public static func < (a: Cell, b: Cell) -> Bool {
            a.generation != b.generation ? a.generation < b.generation : a.state < b.state
        }
    }

    public let id: RequestID
    public internal(set) var namespace: Namespace
    public internal(set) var requestedAt: Timestamp
    /// The time of the earliest snapshot folded in.
    public internal(set) var firstSeenAt: Timestamp
    /// The time of the latest snapshot folded in.
    public internal(set) var updatedAt: Timestamp
    /// The names of the edges, sorted, each once.
    public internal(set) var edges: [String]
    /// One for each of `edges`.
    public internal(set) var cells: [Cell]
    /// By the edge's name: why the state it is in is not a better one.
    public internal(set) var failures: [String: EdgeFailure]
    /// More than `Limits.edges` edges were named. The last in the order of names are left out.
    public internal(set) var omitsEdges: Bool

    /// A record as a view has kept it; nil unless the edges are sorted, within their limit, and have a cell each.
    public init?(
        id: RequestID, namespace: Namespace, requestedAt: Timestamp, firstSeenAt: Timestamp, updatedAt: Timestamp,
        edges: [String], cells: [Cell], failures: [String: EdgeFailure], omitsEdges: Bool
    ) {
        guard edges.count == cells.count, edges.count <= Limits.edges,
            zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.id = id
        self.namespace = namespace
        self.requestedAt = requestedAt
        self.firstSeenAt = firstSeenAt
        self.updatedAt = updatedAt
        self.edges = edges
        self.cells = cells
        self.failures = failures
        self.omitsEdges = omitsEdges
    }

    /// What one snapshot alone says.
    public init(_ progress: Progress) {
        id = progress.id
        namespace = progress.namespace
        requestedAt = progress.requestedAt
        firstSeenAt = progress.at
        updatedAt = progress.at
        edges = []
        cells = []
        failures = [:]
        omitsEdges = false
        edges.reserveCapacity(progress.edges.count)
        cells.reserveCapacity(progress.edges.count)
        for edge in progress.edges.sorted(by: Self.order) {
            // Of an edge named twice the higher state counts, and that is the first of the two.
            guard edges.last != edge.name else { continue }
            guard edges.count < Limits.edges else {
                omitsEdges = true
                break
            }
            edges.append(edge.name)
            cells.append(Cell(generation: progress.generation, state: edge.state))
            if let failure = edge.failure { failures[edge.name] = failure }
        }
    }

    /// By name; of one name the higher state first, and of one state the greater failure.
    private static func order(_ a: Progress.Edge, _ b: Progress.Edge) -> Bool {
        if a.name != b.name { return a.name < b.name }
        if a.state != b.state { return a.state > b.state }
        guard let failure = a.failure else { return false }
        return b.failure.map { $0 < failure } ?? true
    }
}
