import Invalidations
import TestSupport
import Testing

/// Ready lanes and the shares of priorities.
struct ReadyLanesTests {
    /// Each lane goes back in line after its turn; every turn costs the same.
    private static func turns(_ count: Int, of lanes: inout ReadyLanes) -> [Int] {
        (0..<count).compactMap { _ in
            guard let lane = lanes.next() else { return nil }
            lanes.charge(priority: lane % 3, cost: 10)
            lanes.append(lane, priority: lane % 3)
            return lane
        }
    }

    @Test func prioritiesGetTheirShares() {
        var lanes = ReadyLanes(weights: [16, 4, 1])
        for lane in 0..<3 { lanes.append(lane, priority: lane) }
        let turns = Self.turns(2_100, of: &lanes)
        for (lane, share) in [1_600, 400, 100].enumerated() {
            let count = turns.count { $0 == lane }
            #expect(abs(count - share) <= 21, "lane \(lane) had \(count) turns")
        }
    }

    @Test func lanesOfOnePriorityTakeTurns() {
        var lanes = ReadyLanes(weights: [16, 4, 1])
        for lane in [0, 3, 6] { lanes.append(lane, priority: 0) }
        let turns = Self.turns(7, of: &lanes)
        #expect(turns == [0, 3, 6, 0, 3, 6, 0])
        #expect(lanes.count == 3 && lanes.hasOthers(priority: 0) && !lanes.hasOthers(priority: 1))
    }

    @Test func aLaneThatIsGivenBackIsNext() {
        var lanes = ReadyLanes(weights: [1])
        lanes.append(0, priority: 0)
        lanes.append(3, priority: 0)
        var order = [lanes.next()]
        lanes.giveBack(0, priority: 0)
        for _ in 0..<3 { order.append(lanes.next()) }
        #expect(order == [0, 0, 3, nil])
    }

    @Test func aPriorityThatComesBackHasSavedUpNothing() {
        var shares = PriorityShares(weights: [1, 1])
        for _ in 0..<100 {
            guard let priority = shares.next({ $0 == 0 }) else { continue }
            shares.charge(priority, cost: 1)
        }
        shares.join(1)
        var turns = [0, 0]
        for _ in 0..<100 {
            guard let priority = shares.next({ _ in true }) else { continue }
            shares.charge(priority, cost: 1)
            turns[priority] += 1
        }
        #expect(abs(turns[0] - turns[1]) <= 2, "\(turns)")
    }
}
