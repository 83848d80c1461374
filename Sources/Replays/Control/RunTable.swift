/// Runs of a control topic: the newest order and state of each.
public struct RunTable: Sendable {
    public struct Run: Hashable, Sendable {
        public let id: String
        public internal(set) var order: RunOrder?
        public internal(set) var state: RunState?

        /// What the run is at, or what it waits to become.
        public var phase: RunState.Phase {
            if let state, state.phase.isOver { return state.phase }
            switch order?.wanted {
            case .cancelled: return .cancelled
            case .paused: return .paused
            case .planned, nil: return state?.phase ?? .planned
            case .running: return state?.phase ?? .running
            }
        }

        /// Whether it has paused itself, and waits for a newer order.
        public var isSelfPaused: Bool {
            guard let order, let state, state.phase == .paused else { return false }
            return state.order ?? 0 >= order.version
        }
    }

    /// Older ones that are over are forgotten first.
    private static let most = 10_000

    public private(set) var runs: [String: Run] = [:]

    public init() {}

    /// Newest first.
    public var newest: [Run] { runs.values.sorted { $0.id > $1.id } }

    /// The highest version of the orders counts, and the latest of the states: two writers cannot undo each other.
    public mutating func fold(_ record: ControlRecord) {
        switch record {
        case .order(let id, let order):
            var run = runs[id] ?? Run(id: id)
            if run.order.map({ order.version >= $0.version }) ?? true { run.order = order }
            runs[id] = run
        case .state(let id, let state):
            var run = runs[id] ?? Run(id: id)
            if run.state.map({ state.isLater(than: $0) }) ?? true { run.state = state }
            runs[id] = run
        }
        if runs.count > Self.most { forgetOldest() }
    }

    private mutating func forgetOldest() {
        let over = runs.values.filter(\.phase.isOver).map(\.id).sorted()
        for id in over.prefix(Self.most / 10) { runs[id] = nil }
    }
}
