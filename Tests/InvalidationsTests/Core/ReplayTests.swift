import Invalidations
import Testing

/// Replays and redrives at a worker: what is tried once more, and what that must not touch.
struct ReplayTests {
    private static let source = SourcePartition(topic: SourcePartition.replayTopic, partition: 0)

    private func invalidation(_ core: CoreHarness, _ id: RequestID, age: Int64 = 0) -> Invalidation {
        Invalidation(
            id: id, namespace: Namespace("shop")!, selectors: Selectors(tags: ["x"]),
            requestedAt: core.now.wall + -age)
    }

    private func replay(
        _ core: CoreHarness, _ invalidation: Invalidation, edges: [String] = ["a"], generation: UInt32 = 1,
        statusID: RequestID? = nil
    ) {
        let replay = Replay(
            run: "run", generation: generation, redrives: Int(generation), replayedAt: core.now.wall,
            statusID: statusID)
        core.publish(
            .success(invalidation), from: Self.source,
            retry: RetryMetadata(
                origin: RecordPosition(source: CoreHarness.source, offset: 0), deferredAt: core.now.wall,
                notBefore: core.now.wall, parts: edges.map { RetryMetadata.Part(edge: $0) }, reason: .replay,
                replay: replay))
    }

    /// Gives the first request up at once.
    private func giveUp(_ core: CoreHarness) -> RequestID {
        let id = core.publish(tag: "x")
        core.fail(.permanentItem)
        return id
    }

    @Test func theWorkerThatGaveARequestUpTriesItAgain() throws {
        let core = CoreHarness()
        let id = giveUp(core)
        #expect(core.states(id) == ["a": .dead])
        // Of a retry record that had ended a copy would not be followed.
        for generation in 1...3 as ClosedRange<UInt32> {
            replay(core, invalidation(core, id), generation: generation)
            #expect(core.purges.count == 1)
            core.fail(.permanentItem)
            #expect(core.reports[id]?.generation == generation)
            #expect(core.deadLetters.last?.replay?.generation == generation)
        }
        replay(core, invalidation(core, id), generation: 4)
        core.answer()
        #expect(core.states(id) == ["a": .purged])
        #expect(core.reports[id]?.generation == 4 && core.reports[id]?.run == "run")
        #expect(core.openRecords == 0)
    }

    @Test func aCopyOfTheSameTryIsNotFollowed() {
        let core = CoreHarness()
        let id = giveUp(core)
        replay(core, invalidation(core, id))
        core.answer()
        replay(core, invalidation(core, id))
        #expect(core.purges.isEmpty && core.openRecords == 0)
    }

    @Test func theAgeCountsFromTheReplay() {
        let core = CoreHarness()
        let id = giveUp(core)
        replay(core, invalidation(core, id, age: 8 * 86_400_000))
        #expect(core.purges.count == 1)
        core.answer()
        #expect(core.states(id) == ["a": .purged])
    }

    @Test func onlyTheEdgesThatAreNamedArePurged() {
        let core = CoreHarness([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        let id = core.publish(tag: "x")
        core.answer("b")
        core.fail(.permanentItem, at: "a")
        replay(core, invalidation(core, id))
        #expect(core.purges.map(\.edge) == ["a"])
        core.answerAll()
        #expect(core.reports[id]?.edges.map(\.name) == ["a"])
    }

    @Test func withoutNamesAllEdgesThatServeTheNamespaceArePurged() {
        let core = CoreHarness([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        let (id, status) = (giveUpAtBoth(core), RequestID(high: 1, low: 2))
        replay(core, invalidation(core, id), edges: [], generation: 0, statusID: status)
        #expect(Set(core.purges.map(\.edge)) == ["a", "b"])
        core.answerAll()
        #expect(core.states(status) == ["a": .purged, "b": .purged])
        #expect(core.states(id) == ["a": .dead, "b": .dead], "a replay tells of itself")
    }

    private func giveUpAtBoth(_ core: CoreHarness) -> RequestID {
        let id = core.publish(tag: "x")
        core.fail(.permanentItem, at: "a")
        core.fail(.permanentItem, at: "b")
        return id
    }

    @Test func whatFailsAgainKeepsItsRun() throws {
        let core = CoreHarness()
        let id = giveUp(core)
        replay(core, invalidation(core, id))
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
        let retryRecord = try #require(core.retryRecords.last)
        #expect(retryRecord.retry.replay?.generation == 1 && retryRecord.retry.replay?.run == "run")
        core.readBack(retryRecord)
        core.pass(.seconds(60))
        core.answer()
        #expect(core.reports[id]?.generation == 1)
        #expect(core.states(id) == ["a": .purged])
    }

    @Test func failuresOfReplaysTripNoBreaker() {
        let core = CoreHarness(
            settings: .with {
                $0.breaker.failuresInRow = 2
                $0.retry.attemptsMax = 6
            })
        let id = giveUp(core)
        replay(core, invalidation(core, id))
        for _ in 0..<5 {
            core.fail(.transient)
            if !core.checks.isEmpty { core.answerCheck() }
            core.pass(.seconds(3))
        }
        #expect(!core.alerts.contains { if case .edgeDown = $0 { true } else { false } })
        core.publish(tag: "live")
        #expect(core.sent.last?.batch.items.contains(Selectors(tags: ["live"])) ?? false)
    }

    @Test func aReplayWaitsBehindLiveTraffic() {
        let core = CoreHarness([EdgeProfile(name: "a", concurrencyMax: 1)])
        core.publish(tag: "first")
        let id = RequestID(high: 1, low: 3)
        replay(core, invalidation(core, id), generation: 0, statusID: id)
        for number in 0..<5 { core.publish(tag: "live-\(number)", namespace: "other-\(number)", topic: 0) }
        core.answer()
        #expect(core.sent.last?.batch.items != [Selectors(tags: ["x"])])
        core.answerAll()
        #expect(core.states(id) == ["a": .purged])
    }
}
