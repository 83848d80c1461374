/// Priority shares: the next priority, by stride scheduling.
///
/// Each priority has a pass that grows with what it was given, the slower the greater its weight, and the smallest pass
/// is next. So while all wait they get 16 : 4 : 1, a priority that waits alone gets everything, and the least of them
/// still gets its 21st part.
package struct PriorityShares {
    private let strides: [Int64]
    private var passes: [Int64]
    /// The pass of the priority that had the last turn.
    private var reached: Int64 = 0

    private static let unit: Int64 = 1 << 20

    package init(weights: [Int]) {
        strides = weights.map { Self.unit / Int64(max(1, $0)) }
        passes = Array(repeating: 0, count: weights.count)
    }

    /// - Parameter isWaiting: by priority.
    package mutating func next(_ isWaiting: (Int) -> Bool) -> Int? {
        var best: Int?
        for priority in passes.indices where isWaiting(priority) {
            if let known = best, passes[known] <= passes[priority] { continue }
            best = priority
        }
        if let best { reached = passes[best] }
        return best
    }

    package mutating func charge(_ priority: Int, cost: Int) {
        passes[priority] += strides[priority] * Int64(max(1, cost))
    }

    /// A priority that comes back starts level with the others: it saves up no turns while nothing of it waits.
    package mutating func join(_ priority: Int) {
        passes[priority] = max(passes[priority], reached)
    }
}
