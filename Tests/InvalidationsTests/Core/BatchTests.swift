import Invalidations
import Testing

/// Batches: which waiting requests leave together.
struct BatchTests {
    @Test func whatWaitsInALaneBecomesOneBatchInPublishOrder() {
        let core = CoreHarness()
        for number in 0..<10 { core.publish(tag: "t\(number)") }
        // The first went out at once; the nine behind it go together.
        #expect(core.sent.map(\.batch.items.count) == [1])
        core.answer()
        #expect(core.sent.map(\.batch.items.count) == [1, 9])
        #expect(core.sent[1].batch.items.flatMap(\.tags) == (1...9).map { "t\($0)" })
    }

    @Test func aBatchKeepsItsLimitsAndOneMode() {
        let core = CoreHarness([EdgeProfile(name: "a", batchItemsMax: 3)])
        for number in 0..<8 { core.publish(tag: "t\(number)", mode: number < 6 ? .hard : .soft) }
        core.answerAll()
        #expect(core.sent.map(\.batch.items.count) == [1, 3, 2, 2])
        #expect(core.sent.map(\.batch.mode) == [.hard, .hard, .hard, .soft])
    }

    /// Each case: what waits, in order, and what of it is sent (by its index); the others are coalesced.
    struct Joining: CustomTestStringConvertible, Sendable {
        var name: String
        var waiting: [(Selectors, PurgeMode)]
        var sent: [[Int]]
        var testDescription: String { name }
    }

    private static let x = Selectors(tags: ["x"])
    private static let page = Selectors(urls: ["https://shop.example/p/1?a=b"])

    static let joinings: [Joining] = [
        Joining(name: "the same twice", waiting: [(x, .hard), (x, .hard)], sent: [[0]]),
        Joining(
            name: "others between", waiting: [(x, .hard), (Selectors(tags: ["y"]), .hard), (x, .hard)], sent: [[0, 1]]),
        Joining(name: "soft rides on hard before it", waiting: [(x, .hard), (x, .soft)], sent: [[0]]),
        Joining(name: "soft rides on hard behind it", waiting: [(x, .soft), (x, .hard)], sent: [[1]]),
        Joining(
            name: "hard never rides on soft",
            waiting: [(x, .soft), (Selectors(tags: ["y"]), .soft), (Selectors(tags: ["x", "z"]), .hard)],
            sent: [[0, 1], [2]]),
        Joining(
            name: "a wider one carries", waiting: [(x, .hard), (Selectors(tags: ["x", "y"]), .hard)], sent: [[1]]),
        Joining(
            name: "a narrower one does not", waiting: [(Selectors(tags: ["x", "y"]), .hard), (x, .hard)], sent: [[0]]),
        Joining(
            name: "everything carries all", waiting: [(x, .hard), (page, .soft), (Selectors(everything: true), .hard)],
            sent: [[2]]),
        Joining(
            name: "soft everything carries no hard one", waiting: [(Selectors(everything: true), .soft), (x, .hard)],
            sent: [[0], [1]]),
        Joining(
            name: "a prefix carries its URLs",
            waiting: [(page, .hard), (Selectors(prefixes: ["https://shop.example/p/"]), .hard)], sent: [[1]]),
        Joining(
            name: "a prefix of the host alone does not",
            waiting: [(page, .hard), (Selectors(prefixes: ["https://shop.ex"]), .hard)], sent: [[0, 1]]),
        Joining(
            name: "what leads out of a prefix does not ride",
            waiting: [
                (Selectors(urls: ["https://shop.example/p/../q"]), .hard),
                (Selectors(urls: ["https://shop.example/p/%2e%2e/q"]), .hard),
                (Selectors(prefixes: ["https://shop.example/p/"]), .hard),
            ], sent: [[0, 1, 2]]),
        Joining(
            name: "one of another mode in between",
            waiting: [(x, .soft), (Selectors(tags: ["y"]), .soft), (x, .hard)], sent: [[0, 1], [2]]),
    ]

    @Test(arguments: joinings)
    func coveredRequestsRide(_ joining: Joining) {
        let core = CoreHarness()
        core.publish(tag: "first")
        let ids = joining.waiting.map { core.publish($0.0, mode: $0.1) }
        core.answerAll()
        let sent = joining.sent.map { $0.map { joining.waiting[$0].0 } }
        #expect(core.sent.dropFirst().map(\.batch.items) == sent)
        for (index, id) in ids.enumerated() {
            let isSent = joining.sent.joined().contains(index)
            #expect(core.states(id) == ["a": isSent ? .purged : .absorbed], "request \(index)")
        }
        #expect(core.openRecords == 0)
    }

    @Test func aRequestThatComesDuringAPurgeIsNotAbsorbedByIt() {
        let core = CoreHarness()
        core.publish(tag: "x")
        let late = core.publish(tag: "x")
        core.answer()
        #expect(core.purges.map(\.batch.items) == [[Selectors(tags: ["x"])]], "the purge began before the request")
        core.answer()
        #expect(core.states(late) == ["a": .purged])
    }

    @Test func coalescedRequestsShareTheOutcomeOfTheOneThatCoversThem() {
        let core = CoreHarness()
        core.publish(tag: "first")
        let ids = [core.publish(tag: "x"), core.publish(tag: "x")]
        core.answer()
        core.fail(.transient)
        core.pass(.seconds(3))
        #expect(core.purges.count == 1)
        core.answer()
        #expect(ids.map { core.states($0) } == [["a": .purged], ["a": .absorbed]])
    }

    @Test func anEdgeThatLingersWaitsForMore() {
        let core = CoreHarness([EdgeProfile(name: "a", batchItemsMax: 3, linger: .milliseconds(20))])
        core.publish(tag: "1")
        core.publish(tag: "2")
        #expect(core.sent.isEmpty)
        core.pass(.milliseconds(21))
        #expect(core.sent.map(\.batch.items.count) == [2])
        core.answer()
        for number in 3...5 { core.publish(tag: "\(number)") }
        #expect(core.sent.map(\.batch.items.count) == [2, 3], "a full batch does not wait")
    }

    @Test func aRefusedItemIsFoundByHalvingItsBatch() {
        let core = CoreHarness()
        core.publish(tag: "first")
        for number in 0..<64 { core.publish(tag: "t\(number)") }
        core.answer()
        let before = core.sent.count
        while let purge = core.purges.first {
            let isPoisoned = purge.batch.items.contains { $0.tags == ["t37"] }
            if isPoisoned { core.fail(.permanentItem) } else { core.answer() }
        }
        #expect(core.deadLetters.map { $0.invalidation?.selectors.tags } == [["t37"]])
        #expect(core.deadLetters.first?.deadClass == .permanent)
        #expect(core.deadLetters.first?.failedEdges.map(\.attempts) == [1])
        #expect(core.sent.count - before <= 2 * 6 + 2, "64 requests are halved six times")
        #expect(core.openRecords == 0)
    }
}
