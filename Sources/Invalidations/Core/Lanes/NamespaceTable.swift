/// The namespaces in use: which edges serve each, and its lanes to them.
package struct NamespaceTable: ~Copyable {
    package struct Entry {
        package fileprivate(set) var namespace: Namespace
        /// The edges that serve it, ascending, by their place in the worker's list.
        package fileprivate(set) var edges: [Int]
        package fileprivate(set) var isStrict: Bool
        /// Beside each edge one place a priority, for its lane; `none` where there is none.
        fileprivate var lanes: [Int32]
        /// Beside each edge its dead letters in a row; empty while there were none.
        fileprivate var deadLetterRows: [DeadLetterRow] = []
        /// Open records and lanes.
        fileprivate var references = 0
        /// It stands among the idle, where it waits to be used again or to go.
        fileprivate var isAmongIdle = false

        fileprivate static let none: Int32 = -1
    }

    private let routes: RouteTable
    private let strict: [NamespacePattern]
    private var indices: [Namespace: Int32] = [:]
    private var entries = Pool<Entry>()
    /// Without references, or with some again: the longest idle first.
    private var idle = RingBuffer<PoolKey>()

    /// Idle namespaces that are kept, because most come back soon.
    private static let idleMax = 4_096

    package init(edges: [EdgeProfile], strict: [NamespacePattern]) {
        routes = RouteTable(edges)
        self.strict = strict
    }

    package var count: Int { entries.count }

    package subscript(index: Int) -> Entry {
        _read { yield entries[index] }
    }

    func isStrict(_ namespace: Namespace) -> Bool { strict.contains { $0.matches(namespace) } }

    /// The namespace's place, held until it is released as often as it was retained: by records and by lanes.
    package mutating func retain(_ namespace: Namespace) -> Int {
        let index = indices[namespace].map { Int($0) } ?? insert(namespace)
        entries[index].references += 1
        return index
    }

    package mutating func release(_ index: Int) {
        entries[index].references -= 1
        precondition(entries[index].references >= 0, "a namespace is released more often than it was retained")
        guard entries[index].references == 0, !entries[index].isAmongIdle else { return }
        entries[index].isAmongIdle = true
        idle.append(entries.key(index))
        if idle.count > Self.idleMax { dropLongestIdle() }
    }

    private mutating func dropLongestIdle() {
        guard let index = idle.popFirst()?.index else { return }
        entries[index].isAmongIdle = false
        guard entries[index].references == 0 else { return }
        indices[entries[index].namespace] = nil
        entries.remove(index)
    }

    /// The column of an edge among those that serve the namespace.
    package func column(_ index: Int, edge: Int) -> Int? {
        let edges = entries[index].edges
        // Most often everyone serves everything, and an edge stands at its own number.
        if edge < edges.count, edges[edge] == edge { return edge }
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < edge { low = middle + 1 } else { high = middle }
        }
        return low < edges.count && edges[low] == edge ? low : nil
    }

    // MARK: - Lanes

    package func lane(_ index: Int, edge: Int, priority: Int) -> Int? {
        guard let column = column(index, edge: edge) else { return nil }
        let lane = entries[index].lanes[column * Priority.allCases.count + priority]
        return lane == Entry.none ? nil : Int(lane)
    }

    /// The namespace is held as long as it has the lane.
    package mutating func addLane(_ lane: Int, _ index: Int, edge: Int, priority: Int) {
        precondition(self.lane(index, edge: edge, priority: priority) == nil, "one lane for each edge and priority")
        setLane(lane, index, edge: edge, priority: priority)
        entries[index].references += 1
    }

    package mutating func removeLane(_ index: Int, edge: Int, priority: Int) {
        setLane(nil, index, edge: edge, priority: priority)
        release(index)
    }

    private mutating func setLane(_ lane: Int?, _ index: Int, edge: Int, priority: Int) {
        guard let column = column(index, edge: edge) else {
            preconditionFailure("edge \(edge) does not serve the namespace of its own lane")
        }
        entries[index].lanes[column * Priority.allCases.count + priority] = lane.map { Int32($0) } ?? Entry.none
    }

    // MARK: - Dead letters

    /// - Returns: whether that was one too many of the namespace at the edge, which gets none of it for a while.
    package mutating func recordDeadLetter(_ index: Int, edge: Int, _ policy: DeadLetterGuardPolicy, now: Int64) -> Bool
    {
        guard let column = column(index, edge: edge) else { return false }
        if entries[index].deadLetterRows.isEmpty {
            entries[index].deadLetterRows = Array(repeating: DeadLetterRow(), count: entries[index].edges.count)
        }
        return entries[index].deadLetterRows[column].recordDeadLetter(policy, now: now)
    }

    package mutating func recordSuccess(_ index: Int, edge: Int) {
        guard !entries[index].deadLetterRows.isEmpty, let column = column(index, edge: edge) else { return }
        entries[index].deadLetterRows[column].recordSuccess()
    }

    /// Until when nothing of the namespace is sent to the edge, on the monotonic clock.
    package func pausedUntil(_ index: Int, edge: Int) -> Int64 {
        guard !entries[index].deadLetterRows.isEmpty, let column = column(index, edge: edge) else { return .min }
        return entries[index].deadLetterRows[column].pausedUntil
    }

    private mutating func insert(_ namespace: Namespace) -> Int {
        let edges = routes.edges(of: namespace)
        let index = entries.reuse { Entry(namespace: namespace, edges: [], isStrict: false, lanes: []) }
        entries[index].namespace = namespace
        entries[index].isAmongIdle = false
        entries[index].edges = edges
        entries[index].deadLetterRows = []
        entries[index].isStrict = !strict.isEmpty && isStrict(namespace)
        let lanes = edges.count * Priority.allCases.count
        // A namespace that went has no lanes left, so a list of the right length is right as it is.
        if entries[index].lanes.count != lanes { entries[index].lanes = Array(repeating: Entry.none, count: lanes) }
        indices[namespace] = Int32(index)
        return index
    }
}
