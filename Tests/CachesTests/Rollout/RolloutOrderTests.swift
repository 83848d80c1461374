import Caches
import Invalidations
import TestSupport
import Testing

/// The phases of a rollout, and the shares in force.
struct RolloutOrderTests {
    private static let now = Timestamp(milliseconds: 1_000_000)
    private static let five = RolloutShare(parts: 5_000)
    private static let ten = RolloutShare(parts: 10_000)

    private static func next(
        _ current: RolloutRecord?, _ order: RolloutOrder, guards: RolloutGuards? = nil, at time: Timestamp = now
    ) throws(RolloutRefusal) -> RolloutRecord {
        try RolloutRecord.following(current, order, guards: guards, salt: 7, by: "test", at: time)
    }

    private static func record(_ phase: RolloutRecord.Phase) throws -> RolloutRecord? {
        let orders: [RolloutOrder] = [.shadow(ten), .canary(five), .writes(ten), .cutover(over: .seconds(100))]
        let count = RolloutRecord.Phase.allCases.firstIndex(of: phase) ?? 0
        return try orders.prefix(count).reduce(nil) { try next($0, $1) }
    }

    @Test(
        arguments: [
            (.off, .shadow(five), .shadow), (.shadow, .shadow(ten), .shadow), (.shadow, .canary(five), .canary),
            (.canary, .canary(ten), .canary), (.canary, .writes(five), .writes), (.writes, .writes(ten), .writes),
            (.writes, .cutover(over: nil), .cutover), (.cutover, .cutover(over: .seconds(1)), .cutover),
            (.off, .back, nil), (.shadow, .back, .off), (.canary, .back, .shadow), (.writes, .back, .canary),
            (.cutover, .back, .writes), (.cutover, .stop, .writes), (.writes, .stop, .canary),
            (.off, .canary(five), nil), (.off, .writes(five), nil), (.off, .cutover(over: nil), nil),
            (.shadow, .writes(five), nil), (.shadow, .cutover(over: nil), nil), (.canary, .shadow(five), nil),
            (.canary, .cutover(over: nil), nil), (.writes, .shadow(five), nil), (.writes, .canary(five), nil),
            (.cutover, .shadow(five), nil), (.cutover, .writes(five), nil),
        ] as [(RolloutRecord.Phase, RolloutOrder, RolloutRecord.Phase?)])
    func eachPhaseFollowsOneOther(
        _ phase: RolloutRecord.Phase, _ order: RolloutOrder, _ expected: RolloutRecord.Phase?
    ) throws {
        let current = try Self.record(phase)
        guard let expected else {
            #expect(throws: RolloutRefusal.self) { try Self.next(current, order) }
            return
        }
        let next = try Self.next(current, order)
        #expect(next.phase == expected)
        #expect(next.salt == 7 && next.by == "test" && next.at == Self.now)
    }

    @Test func aRefusalSaysWhatToDo() throws {
        let writes = try Self.record(.writes)
        #expect(throws: RolloutRefusal("the rollout is at writes already; `back` goes one phase back")) {
            try Self.next(writes, .canary(Self.five))
        }
        #expect(throws: RolloutRefusal("the rollout is off: canary follows shadow")) {
            try Self.next(nil, .canary(Self.five))
        }
    }

    @Test func whatIsWrittenHereIsReadHere() throws {
        let writes = try #require(try Self.record(.writes))
        #expect(writes.shares(at: Self.now).reads == Self.ten, "more than the canary's share")
        let back = try Self.next(writes, .back)
        #expect(back.shares(at: Self.now).reads == Self.ten && back.shares(at: Self.now).writes == .none)
        #expect(try Self.record(.shadow)?.shares(at: Self.now).writes == RolloutShare.none)
    }

    @Test func anotherRolloutHasAnotherSaltAndNoGuardsOfTheLastOne() throws {
        var guards = RolloutGuards()
        guards.errorsMax = 0.1
        let shadow = try Self.next(nil, .shadow(Self.ten), guards: guards)
        let canary = try Self.next(shadow, .canary(Self.ten))
        #expect(canary.guards == guards, "kept from phase to phase")
        let off = try Self.next(Self.next(canary, .back), .back)
        #expect(off.phase == .off)
        let next = try RolloutRecord.following(off, .shadow(Self.ten), salt: 9, by: "test", at: Self.now)
        #expect(next.salt == 9 && next.guards == RolloutGuards())
    }

    @Test(
        arguments: [
            (-1_000, 10_000, 10_000), (0, 10_000, 10_000), (25_000, 32_500, 32_500), (50_000, 55_000, 55_000),
            (100_000, 100_000, 100_000), (9_000_000, 100_000, 100_000),
        ] as [(Int64, Int, Int)])
    func aCutoverGrowsWithTime(_ elapsed: Int64, _ reads: Int, _ writes: Int) throws {
        let cutover = try #require(try Self.record(.cutover))
        let shares = cutover.shares(at: Self.now + elapsed)
        #expect(shares.reads.parts == reads && shares.writes.parts == writes)
        let stopped = try Self.next(cutover, .stop, at: Self.now + elapsed)
        #expect(stopped.phase == .writes && stopped.shares(at: Self.now + 99_000_000) == shares)
        let back = try Self.next(cutover, .back, at: Self.now + elapsed)
        #expect(back.writes == Self.ten, "as before the cutover")
        let anew = try Self.next(cutover, .cutover(over: .seconds(5)), at: Self.now + elapsed)
        #expect(anew.shares(at: Self.now + elapsed) == shares, "a new pace goes on from where it is")
    }

    @Test func aCutoverOverflowsNowhere() throws {
        var cutover = try #require(try Self.record(.cutover))
        cutover.at = Timestamp(milliseconds: .min)
        #expect(cutover.shares(at: Timestamp(milliseconds: .max)).writes == .whole)
        cutover.at = Timestamp(milliseconds: .max)
        #expect(cutover.shares(at: Timestamp(milliseconds: .min)).writes == Self.ten)
        cutover.over = nil
        #expect(cutover.shares(at: Self.now).writes == .whole, "at once")
    }

    /// Whatever is ordered, no share is read less than it is written.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func aKeyThatIsWrittenHereIsReadHere(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var current: RolloutRecord?
        var time = Self.now
        for _ in 0..<500 {
            let share = RolloutShare(parts: Int.random(in: 0...100_000, using: &generator))
            let orders: [RolloutOrder] = [
                .shadow(share), .canary(share), .writes(share), .cutover(over: .seconds(60)), .back, .stop,
            ]
            time = time + Int64.random(in: 0...10_000, using: &generator)
            guard let next = try? Self.next(current, orders.randomElement(using: &generator) ?? .back, at: time) else {
                continue
            }
            current = next
            let shares = next.shares(at: time)
            #expect(shares.writes <= shares.reads, "seed \(seed): \(next)")
            if next.phase < .writes { #expect(shares.writes == .none) }
        }
    }
}
