public import Invalidations
internal import Storage

/// How far one edge is with the requests of a replay.
public struct RunEdge: Hashable, Sendable {
    public let edge: String
    /// How many requests stand in each state; none is 0.
    public internal(set) var states: [EdgeState: Int64]

    public init(edge: String, states: [EdgeState: Int64]) {
        (self.edge, self.states) = (edge, states)
    }

    static let columns = "edge, state, requests"
    /// More than a run can have: each edge has as many rows as there are states.
    static let rowsMax = Int64(Limits.edges * EdgeState.allCases.count)
}

/// Makes the edges of the rows that both databases have, in the order of their names.
struct RunEdgeRows {
    private(set) var edges: [RunEdge] = []

    /// - Parameter row: behind those of edges whose names come before. A state that is unknown counts for nothing.
    mutating func add(_ row: some DatabaseRow) {
        let (edge, requests) = (row.text(0), row.integer(2))
        guard let state = UInt8(exactly: row.integer(1)).flatMap({ EdgeState(rank: $0) }), requests > 0 else { return }
        if edges.last?.edge != edge { edges.append(RunEdge(edge: edge, states: [:])) }
        edges[edges.count - 1].states[state] = requests
    }
}
