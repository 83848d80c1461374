import Invalidations
import TestSupport
import Testing

/// Batch draft: whatever is added, a purge of what is sent purges all of it.
struct BatchDraftTests {
    private static func selectors(_ random: inout SeededGenerator) -> Selectors {
        var selectors = Selectors()
        switch Int.random(in: 0..<8, using: &random) {
        case 0: selectors.everything = true
        case 1, 2: selectors.prefixes = ["https://a.example/\(Int.random(in: 0..<2, using: &random))"]
        case 3, 4: selectors.urls = ["https://a.example/\(Int.random(in: 0..<2, using: &random))/x"]
        default:
            selectors.tags = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                "t\(Int.random(in: 0..<4, using: &random))"
            }
        }
        return selectors
    }

    @Test func everyRequestIsSentOrCoveredByOneThatIs() {
        var random = SeededGenerator.printed("batch draft")
        for _ in 0..<2_000 {
            let itemsMax = Int.random(in: 1...12, using: &random)
            var draft = BatchDraft(PurgeAllowance(items: itemsMax), callItemsMax: 100)
            var added: [(selectors: Selectors, mode: PurgeMode)] = []
            for _ in 0..<10 {
                let selectors = Self.selectors(&random)
                let mode: PurgeMode = Bool.random(using: &random) ? .hard : .soft
                guard draft.add(selectors, mode) else { break }
                added.append((selectors, mode))
            }
            let outcome = draft.finish()
            #expect((1...added.count).contains(outcome.count) && outcome.covers.count == outcome.count)
            var items = 0
            for (index, cover) in outcome.covers.enumerated() {
                guard let cover else {
                    items += added[index].selectors.count
                    #expect(added[index].mode == outcome.mode, "two modes in one purge, seed \(random.seed)")
                    continue
                }
                let isCovered =
                    cover < outcome.count && outcome.covers[cover] == nil
                    && added[cover].selectors.covers(added[index].selectors)
                    && (added[cover].mode == .hard || added[index].mode == .soft)
                #expect(isCovered, "seed \(random.seed): \(added[index]) by \(added[cover])")
            }
            let isWithinLimits = items <= itemsMax || outcome.covers.count { $0 == nil } == 1
            #expect(isWithinLimits, "\(items) items of \(itemsMax), seed \(random.seed)")
        }
    }

    @Test func theFirstRequestMayBeLargerThanABatch() {
        var draft = BatchDraft(PurgeAllowance(items: 1))
        let added = [(["a", "b", "c"], .hard), (["d"], .hard), (["b"], .soft)].map { tags, mode in
            draft.add(Selectors(tags: tags), mode)
        }
        #expect(added == [true, false, true], "a request that is covered costs nothing")
        #expect(draft.finish().covers == [nil, 0])
    }
}
