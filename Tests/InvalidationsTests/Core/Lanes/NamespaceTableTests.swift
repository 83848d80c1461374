import Invalidations
import TestSupport
import Testing

/// Namespaces in use: their edges, their lanes, and how long they are kept.
struct NamespaceTableTests {
    private static func namespace(_ number: Int) throws -> Namespace { try #require(Namespace("shop-\(number)")) }

    private static func edge(_ name: String, _ patterns: NamespacePattern...) -> EdgeProfile {
        EdgeProfile(name: name, namespaces: patterns)
    }

    @Test func aNamespaceKnowsItsEdges() throws {
        var table = NamespaceTable(
            edges: [
                Self.edge("all", .all), Self.edge("one", .exactly("shop-1")), Self.edge("shops", .prefix("shop-")),
                Self.edge("other", .prefix("other-")),
            ], strict: [.exactly("shop-1")])
        let (one, two) = (table.retain(try Self.namespace(1)), table.retain(try Self.namespace(2)))
        let (edges, isStrict) = ([table[one].edges, table[two].edges], [table[one].isStrict, table[two].isStrict])
        #expect(edges == [[0, 1, 2], [0, 2]] && isStrict == [true, false])
        let columns = (0..<4).map { [table.column(one, edge: $0), table.column(two, edge: $0)] }
        #expect(columns == [[0, 0], [1, nil], [2, 1], [nil, nil]])
    }

    @Test func aNamespaceThatIsUsedAgainKeepsItsIndexAndItsDeadLetters() throws {
        var table = NamespaceTable(edges: [Self.edge("e", .all)], strict: [])
        var policy = DeadLetterGuardPolicy()
        policy.inRow = 2
        let index = table.retain(try Self.namespace(1))
        var isTooMany = [table.recordDeadLetter(index, edge: 0, policy, now: 5)]
        table.release(index)
        let second = table.retain(try Self.namespace(1))
        isTooMany.append(table.recordDeadLetter(second, edge: 0, policy, now: 5))
        let (count, until) = (table.count, table.pausedUntil(second, edge: 0))
        #expect(second == index && count == 1 && isTooMany == [false, true])
        #expect(Duration.nanoseconds(until - 5) == policy.pause)
    }

    @Test func aSuccessEndsARowOfDeadLetters() throws {
        var table = NamespaceTable(edges: [Self.edge("e", .all)], strict: [])
        var policy = DeadLetterGuardPolicy()
        policy.inRow = 2
        let index = table.retain(try Self.namespace(1))
        var isTooMany: [Bool] = []
        for _ in 0..<3 {
            isTooMany.append(table.recordDeadLetter(index, edge: 0, policy, now: 0))
            table.recordSuccess(index, edge: 0)
        }
        #expect(isTooMany == [false, false, false])
    }

    /// Many namespaces come and go: those with a record or a lane stay, and of the others a bounded number.
    @Test func namespacesInUseStay() throws {
        var random = SeededGenerator.printed("namespace table")
        var table = NamespaceTable(edges: [Self.edge("a", .all), Self.edge("b", .all)], strict: [])
        var held: [(name: Int, index: Int)] = []
        var lanes: [Int: Int] = [:]
        for number in 0..<20_000 {
            let name = Int.random(in: 0..<10_000, using: &random)
            let index = table.retain(try Self.namespace(name))
            held.append((name, index))
            if table.lane(index, edge: 1, priority: 2) == nil, number % 3 == 0 {
                table.addLane(number, index, edge: 1, priority: 2)
                lanes[index] = number
            }
            while held.count > 50 {
                let gone = held.remove(at: Int.random(in: 0..<held.count, using: &random)).index
                table.release(gone)
            }
            if lanes.count > 50, let other = lanes.keys.sorted().randomElement(using: &random) {
                table.removeLane(other, edge: 1, priority: 2)
                lanes[other] = nil
            }
        }
        let names = held.map { table[$0.index].namespace.name }
        #expect(names == held.map { "shop-\($0.name)" }, "seed \(random.seed)")
        let known = lanes.keys.map { table.lane($0, edge: 1, priority: 2) }
        #expect(known == lanes.values.map { $0 }, "seed \(random.seed)")
        let count = table.count
        #expect((4_096...4_296).contains(count), "seed \(random.seed): \(count) namespaces")
    }
}
