import Invalidations
import Replayer
import TestSupport
import Testing

/// A coalesced run publishes each selector once, as hard as anybody asked.
struct SelectorPackTests {
    private static let time = Timestamp(milliseconds: 1_764_240_000_000)

    private func invalidation(
        _ namespace: String, _ selectors: Selectors, _ mode: PurgeMode = .hard, at offset: Int64 = 0
    ) -> Invalidation {
        Invalidation(
            id: RequestID(high: 0x0190_a1b2_0000_7000, low: 0x8000_0000_0000_0001), namespace: Namespace(namespace)!,
            selectors: selectors, mode: mode, requestedAt: Self.time + offset)
    }

    /// What a pack asks for, one entry for each selector.
    private func asked(_ packs: [SelectorPack]) -> [String] {
        packs.flatMap { pack in
            let way = "\(pack.group.namespace.name)@\(pack.group.edges.joined(separator: ","))"
            let selectors = pack.selectors
            let all =
                selectors.tags.map { "t \($0)" } + selectors.urls.map { "u \($0)" }
                + selectors.prefixes.map { "p \($0)" } + (selectors.everything ? ["e"] : [])
            return all.map { "\(way) \($0) \(pack.mode.rawValue)" }
        }
    }

    @Test func hardGoesOverSoftAndEachIsNamedOnce() {
        var union = SelectorUnion()
        union.add(invalidation("shop", Selectors(tags: ["a", "b"]), .soft, at: 5), edges: [], partition: 3)
        union.add(invalidation("shop", Selectors(tags: ["b", "c"]), at: 1), edges: [], partition: 3)
        union.add(invalidation("shop", Selectors(urls: ["https://x/"])), edges: ["one"], partition: 3)
        union.add(invalidation("blog", Selectors(tags: ["a"])), edges: [], partition: 3)
        union.add(invalidation("shop", Selectors(tags: ["z"])), edges: [], partition: 4)
        let packs = union.packs(of: 3, after: nil)
        #expect(
            asked(packs) == [
                "blog@ t a hard", "shop@ t b hard", "shop@ t c hard", "shop@ t a soft", "shop@one u https://x/ hard",
            ])
        #expect(packs[1].requestedAt == Self.time + 5, "a purge must start after the newest of its requests")
        #expect(union.count == 6 && !union.isFull)
    }

    @Test func everythingStandsForAllThatItPurges() {
        var hard = SelectorUnion()
        hard.add(invalidation("shop", Selectors(tags: ["a"])), edges: [], partition: 0)
        hard.add(invalidation("shop", Selectors(tags: ["b"]), .soft), edges: [], partition: 0)
        hard.add(invalidation("shop", Selectors(everything: true)), edges: [], partition: 0)
        hard.add(invalidation("shop", Selectors(tags: ["a"])), edges: ["one"], partition: 0)
        #expect(asked(hard.packs(of: 0, after: nil)) == ["shop@ e hard", "shop@one t a hard"])
        var soft = SelectorUnion()
        soft.add(invalidation("shop", Selectors(tags: ["a"])), edges: [], partition: 0)
        soft.add(invalidation("shop", Selectors(tags: ["b"], everything: true), .soft), edges: [], partition: 0)
        #expect(asked(soft.packs(of: 0, after: nil)) == ["shop@ t a hard", "shop@ e soft"])
    }

    @Test func packsAreBounded() {
        var union = SelectorUnion()
        let long = String(repeating: "x", count: 8_000)
        for number in 0..<250 {
            union.add(
                invalidation("shop", Selectors(tags: ["t\(number)"], urls: ["https://x/\(number)\(long)"])), edges: [],
                partition: 0)
        }
        let packs = union.packs(of: 0, after: nil)
        #expect(packs.filter { !$0.selectors.tags.isEmpty }.map(\.selectors.tags.count) == [100, 100, 50])
        #expect(packs.allSatisfy { $0.selectors.byteCount <= 64 << 10 && $0.selectors.count <= 100 })
        #expect(asked(packs).count == 500)
    }

    @Test func theNextOwnerGoesOnBehindTheLastPack() throws {
        var random = SeededGenerator.printed("selector packs")
        for _ in 0..<300 {
            var union = SelectorUnion()
            var wanted: [String: PurgeMode] = [:]
            for offset in 0..<Int.random(in: 1...400, using: &random) {
                let namespace = ["shop", "blog", "news"].randomElement(using: &random)!
                let edges = [[], ["one"], ["one", "two"]].randomElement(using: &random)!
                let mode = Bool.random(using: &random) ? PurgeMode.hard : .soft
                let tag = "t\(Int.random(in: 0..<150, using: &random))"
                let isURL = Int.random(in: 0..<3, using: &random) == 0
                let selectors = isURL ? Selectors(urls: ["https://x/\(tag)"]) : Selectors(tags: [tag])
                union.add(
                    invalidation(namespace, selectors, mode, at: Int64(offset)), edges: edges, partition: 1)
                let key = "\(namespace)@\(edges.joined(separator: ",")) \(isURL ? "u https://x/" : "t ")\(tag)"
                wanted[key] = wanted[key] == .hard ? .hard : mode
            }
            let packs = union.packs(of: 1, after: nil)
            #expect(Set(asked(packs)) == Set(wanted.map { "\($0) \($1.rawValue)" }), "seed \(random.seed)")
            #expect(asked(packs).count == wanted.count, "a selector is named twice, seed \(random.seed)")
            #expect(packs.map(\.key) == packs.map(\.key).sorted())
            let cut = Int.random(in: 0..<packs.count, using: &random)
            // As the next owner finds it on the replay topic.
            let pack = packs[cut]
            let published = Invalidation(
                id: RequestID(high: 1, low: 2), namespace: pack.group.namespace, selectors: pack.selectors,
                mode: pack.mode, requestedAt: Self.time)
            let key = try #require(SelectorKey(published, edges: pack.group.edges))
            #expect(key == pack.key)
            let others = union.packs(of: 1, after: key)
            #expect(asked(others) == asked(Array(packs.dropFirst(cut + 1))), "seed \(random.seed)")
        }
    }
}
