import Invalidations
import Testing

/// Edges that read the log themselves: a purge names its requests where the log has them as they stand.
struct LogReadingEdgeTests {
    private static func edge(repeatsAfter: Duration? = nil) -> EdgeProfile {
        var profile = EdgeProfile(name: "node", repeatsAfter: repeatsAfter)
        profile.readsLog = true
        return profile
    }

    @Test func theirPurgesNameEachRequestAndThoseOfOthersNone() {
        let core = CoreHarness([Self.edge(), EdgeProfile(name: "other")])
        let ids = (0..<4).map { _ in core.publish(tag: "x") }
        core.answerAll()
        let named = core.sent.filter { $0.edge == "node" }.map(\.batch.requests)
        // The first goes at once; of the others, one carries all.
        #expect(named == [[ids[0]], Array(ids[1...])])
        #expect(core.sent.filter { $0.edge == "node" }.map(\.batch.items.count) == [1, 1])
        #expect(core.sent.filter { $0.edge == "other" }.allSatisfy { $0.batch.requests.isEmpty })
    }

    @Test func whatTheLogDoesNotHaveAsItStandsIsNotNamed() throws {
        let core = CoreHarness([Self.edge(repeatsAfter: .seconds(5))])
        let first = core.publish(tag: "x")
        core.answer()
        core.readBack(try #require(core.retryRecords.last))
        core.pass(.seconds(6))
        #expect(core.sent.map(\.batch.requests) == [[first], []], "the second purge of a request is meant as one")
        core.answer()

        let failed = core.publish(tag: "y")
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
        core.readBack(try #require(core.retryRecords.last))
        core.pass(.seconds(10))
        #expect(core.sent.dropFirst(2).map(\.batch.requests) == [[failed], [failed], [failed], []])
        core.answer()

        core.publish(Selectors(tags: ["z"]), notBefore: core.now.wall)
        #expect(core.sent.last?.batch.items == [Selectors(tags: ["z"])] && core.sent.last?.batch.requests == [])
    }

    @Test func oneThatIsNotInTheLogSpeaksForItsBatch() {
        let core = CoreHarness([Self.edge()])
        core.publish(tag: "x")
        core.publish(tag: "y")
        core.publish(Selectors(tags: ["z"]), notBefore: core.now.wall)
        core.answer()
        #expect(core.sent.last?.batch.items.count == 2 && core.sent.last?.batch.requests == [])
    }

    @Test func moreThanAnEdgeIsToldAreNotNamed() {
        let core = CoreHarness([Self.edge()])
        for _ in 0..<(2 + PurgeBatch.requestsMax) { core.publish(tag: "x") }
        core.answer()
        #expect(core.sent.last?.batch.items.count == 1 && core.sent.last?.batch.requests == [])
    }
}
