// Status record: what one row of the view says of a request.
extension Progress {
    /// Which request it is of. Ids are the publishers' own: who takes another namespace's id has a request of that id
    /// in the own namespace, and changes nothing of the other's.
    public var identity: RequestIdentity { RequestIdentity(id: id, namespace: namespace) }
}

extension StatusRecord {
    public var identity: RequestIdentity { RequestIdentity(id: id, namespace: namespace) }

    /// Its place in lists: when it was made, as its publisher says, but no later than it was heard of. A wrong clock
    /// puts nothing above what came after it.
    public var listedAt: Timestamp { min(requestedAt, firstSeenAt) }
}

/// All that is known of one request: what the fold of its progress gives.
public struct StatusRecord: Hashable, Sendable {
    /// How far one edge is. Cells are ordered: a later generation outranks every state of an earlier one, and of two
    /// that are as far the one outranks the other that counts more objects, or any at all: of a purge that was sent
    /// twice only the first may have found something.
    public struct Cell: Hashable, Comparable, Sendable {
        public var generation: UInt32
        public var state: EdgeState
        /// Objects that the edge says it purged: 0 where it held none, nil where it does not say.
        public var objects: UInt32?

        public init(generation: UInt32, state: EdgeState, objects: UInt32? = nil) {
            self.generation = generation
            self.state = state
            self.objects = objects
        }

        public static func < (a: Cell, b: Cell) -> Bool {
            if a.generation != b.generation { return a.generation < b.generation }
            if a.state != b.state { return a.state < b.state }
            guard let theirs = b.objects else { return false }
            return a.objects.map { $0 < theirs } ?? true
        }
    }

    /// Why a generation of the request has failed as a whole. Of two the later generation's counts.
    public struct WholeFailure: Hashable, Comparable, Sendable {
        public var generation: UInt32
        public var failure: RequestFailure

        public init(generation: UInt32, failure: RequestFailure) {
            self.generation = generation
            self.failure = failure
        }

        public static func < (a: WholeFailure, b: WholeFailure) -> Bool {
            a.generation != b.generation ? a.generation < b.generation : a.failure < b.failure
        }
    }

    /// The earlier tries of one edge that are kept, and of the request as a whole.
    public static let earlierMax = 4

    public let id: RequestID
    public let namespace: Namespace
    /// The run whose replay this is; nil for a request of a publisher's.
    public internal(set) var run: String?
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
    /// Why it failed as a whole, in the generation that it says.
    public internal(set) var wholeFailure: WholeFailure?
    /// More than `Limits.edges` edges were named. The last in the order of names are left out.
    public internal(set) var omitsEdges: Bool
    /// The tries before those of the cells and of the whole failure, in their order: at most `earlierMax` of each edge.
    public internal(set) var earlier: [EarlierTry]
    /// What the request's own record says; nil where only workers have told of it, as of replays.
    public internal(set) var publication: Publication? {
        get { keptPublication?.publication }
        set { keptPublication = newValue.map { KeptPublication($0) } }
    }
    /// Apart, because records are copied often, and it has many members that never change.
    var keptPublication: KeptPublication?
    /// Whether a worker has told of it: then the edges are those that it must reach.
    public internal(set) var isReported: Bool

    /// A record as a view has kept it; nil unless the edges are sorted, within their limit, and have a cell each.
    ///
    /// - Parameter earlier: sorted, none of them twice.
    public init?(
        id: RequestID, namespace: Namespace, run: String? = nil, requestedAt: Timestamp, firstSeenAt: Timestamp,
        updatedAt: Timestamp, edges: [String], cells: [Cell], failures: [String: EdgeFailure],
        wholeFailure: WholeFailure? = nil, omitsEdges: Bool, earlier: [EarlierTry] = [],
        publication: Publication? = nil, isReported: Bool = true
    ) {
        guard edges.count == cells.count, edges.count <= Limits.edges,
            zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }),
            zip(earlier, earlier.dropFirst()).allSatisfy({ $0.precedes($1) })
        else { return nil }
        self.run = run
        self.earlier = earlier
        keptPublication = publication.map { KeptPublication($0) }
        self.isReported = isReported
        self.id = id
        self.namespace = namespace
        self.requestedAt = requestedAt
        self.firstSeenAt = firstSeenAt
        self.updatedAt = updatedAt
        self.edges = edges
        self.cells = cells
        self.failures = failures
        self.wholeFailure = wholeFailure
        self.omitsEdges = omitsEdges
    }

    init(identity: RequestIdentity, requestedAt: Timestamp, publication: Publication) {
        (id, namespace) = (identity.id, identity.namespace)
        self.requestedAt = requestedAt
        firstSeenAt = publication.at
        updatedAt = publication.at
        (edges, cells, failures, omitsEdges, earlier) = ([], [], [:], false, [])
        keptPublication = KeptPublication(publication)
        isReported = false
    }

    /// What one snapshot alone says.
    public init(_ progress: Progress) {
        id = progress.id
        namespace = progress.namespace
        // A redrive is a try of somebody else's request.
        run = progress.generation == 0 ? progress.run : nil
        requestedAt = progress.requestedAt
        firstSeenAt = progress.at
        updatedAt = progress.at
        edges = []
        cells = []
        failures = [:]
        wholeFailure = progress.failure.map { WholeFailure(generation: progress.generation, failure: $0) }
        omitsEdges = false
        earlier = []
        isReported = true
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
            cells.append(Cell(generation: progress.generation, state: edge.state, objects: edge.objects))
            if let failure = edge.failure { failures[edge.name] = failure }
        }
    }

    /// By name; of one name the higher state first, of one state the more objects, and of those the greater failure.
    private static func order(_ a: Progress.Edge, _ b: Progress.Edge) -> Bool {
        if a.name != b.name { return a.name < b.name }
        if a.state != b.state { return a.state > b.state }
        if a.objects != b.objects { return a.objects.map { $0 > b.objects ?? 0 || b.objects == nil } ?? false }
        guard let failure = a.failure else { return false }
        return b.failure.map { $0 < failure } ?? true
    }
}
