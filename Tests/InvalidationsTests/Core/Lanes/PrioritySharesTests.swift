import Invalidations
import TestSupport
import Testing

/// Priority shares: those that wait get turns by their weights, and nobody saves up turns.
struct PrioritySharesTests {
    private static let costMax = 8

    /// What each of the waiting priorities was charged in so many turns.
    private static func spend(
        _ turns: Int, of shares: inout PriorityShares, waiting: Set<Int>, _ random: inout SeededGenerator
    ) -> [Int: Int] {
        var spent: [Int: Int] = [:]
        for _ in 0..<turns {
            guard let priority = shares.next({ waiting.contains($0) }) else { break }
            let cost = Int.random(in: 1...costMax, using: &random)
            shares.charge(priority, cost: cost)
            spent[priority, default: 0] += cost
        }
        return spent
    }

    /// Priorities come and go. While the same ones wait, what they get differs from their weights by two turns at most.
    @Test func thoseThatWaitShareByWeight() {
        var random = SeededGenerator.printed("priority shares")
        for _ in 0..<100 {
            let weights = (0..<3).map { _ in Int.random(in: 1...16, using: &random) }
            var shares = PriorityShares(weights: weights)
            var waited: Set<Int> = []
            for _ in 0..<8 {
                let waiting = Set((0..<3).filter { _ in Bool.random(using: &random) })
                for priority in waiting.subtracting(waited) { shares.join(priority) }
                let spent = Self.spend(300, of: &shares, waiting: waiting, &random)
                #expect(Set(spent.keys) == waiting, "others waited than had turns, seed \(random.seed)")
                let scaled = waiting.map { Double(spent[$0] ?? 0) / Double(weights[$0]) }
                let difference = (scaled.max() ?? 0) - (scaled.min() ?? 0)
                #expect(difference <= Double(2 * Self.costMax) + 1, "\(weights): \(spent), seed \(random.seed)")
                waited = waiting
            }
        }
    }

    @Test func nobodyIsNextWhereNobodyWaits() {
        var shares = PriorityShares(weights: [1, 1])
        #expect(shares.next { _ in false } == nil)
    }

    @Test func aTurnCostsSomethingAndTheMoreUrgentComesFirst() {
        var shares = PriorityShares(weights: [1, 1])
        let order = (0..<4).compactMap { _ in
            let priority = shares.next { _ in true }
            if let priority { shares.charge(priority, cost: 0) }
            return priority
        }
        #expect(order == [0, 1, 0, 1])
    }
}
