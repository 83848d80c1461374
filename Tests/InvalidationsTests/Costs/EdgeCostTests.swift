import Invalidations
import Testing

/// Table of what purges cost an edge.
struct EdgeCostTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var profile: EdgeProfile?
        /// Tags, URLs, prefixes, everything.
        var counts: [Int64]
        var calls: Int64
        var items: [Int64]
    }

    static let cases = [
        Case(
            testDescription: "selectors share calls", profile: EdgeProfile(name: "a", callItemsMax: 10),
            counts: [25, 6, 0, 0], calls: 4, items: [25, 6, 0, 0]),
        Case(
            testDescription: "some kinds have calls of their own",
            profile: EdgeProfile(name: "a", callItemsMax: 10, singleCallKinds: .urls), counts: [10, 6, 0, 1], calls: 8,
            items: [10, 6, 0, 1]),
        Case(
            testDescription: "what the edge does not take costs nothing",
            profile: EdgeProfile(name: "a", accepts: .urls), counts: [25, 6, 1, 1], calls: 1, items: [0, 6, 0, 0]),
        Case(
            testDescription: "of an unknown edge each selector is a call", counts: [2, 1, 0, 0], calls: 3,
            items: [2, 1, 0, 0]),
        Case(
            testDescription: "a call carries so many bytes", profile: narrow, counts: [25, 0, 0, 0], calls: 4,
            items: [25, 0, 0, 0]),
        Case(
            testDescription: "nothing is no call", profile: EdgeProfile(name: "a"), counts: [0, 0, 0, 0], calls: 0,
            items: [0, 0, 0, 0]),
    ]

    /// 100 bytes are four calls.
    private static let narrow: EdgeProfile = {
        var profile = EdgeProfile(name: "a")
        profile.callBytesMax = 30
        return profile
    }()

    @Test(arguments: cases)
    func cost(_ each: Case) {
        var cost = EdgeCost()
        cost.add(each.counts, bytes: 100, each.profile)
        #expect(cost.calls == each.calls && cost.items == each.items)
    }

    @Test func theNarrowestLimitTellsTheTime() {
        var cost = EdgeCost()
        cost.add([30, 0, 0, 0], bytes: 3_000, EdgeProfile(name: "a", callItemsMax: 10))
        #expect(cost.seconds(at: nil) == nil && cost.seconds(at: EdgeLimits()) == nil)
        #expect(cost.seconds(at: EdgeLimits(requests: Rate(perSecond: 2))) == 1.5)
        #expect(cost.seconds(at: EdgeLimits(requests: Rate(perSecond: 2), items: Rate(perSecond: 10))) == 3)
        #expect(cost.seconds(at: EdgeLimits(bytes: Rate(perSecond: 100))) == 30)
    }
}
