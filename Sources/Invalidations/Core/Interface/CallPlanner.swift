/// Call planner: tells how many calls an edge's adapter makes of a batch, before it makes them.
///
/// The core asks it where limits are to be kept. It depends on the batch alone, so that the core decides the same way
/// each time.
public struct CallPlanner: Hashable, Sendable {
    private let count: @Sendable (PurgeBatch) -> PlannedCalls

    public init(_ count: @escaping @Sendable (PurgeBatch) -> PlannedCalls) {
        self.count = count
    }

    public func plan(_ batch: PurgeBatch) -> PlannedCalls { count(batch) }

    /// Profiles that are the same otherwise are of the same edge, and have the same adapter.
    public static func == (left: CallPlanner, right: CallPlanner) -> Bool { true }

    public func hash(into hasher: inout Hasher) {}
}

/// What an adapter makes of a batch.
public struct PlannedCalls: Hashable, Sendable {
    public var calls: Int
    /// Tags, URLs and prefixes in them. What several requests name and one call purges counts once.
    public var items: Int

    public init(calls: Int, items: Int) {
        (self.calls, self.items) = (calls, items)
    }
}
