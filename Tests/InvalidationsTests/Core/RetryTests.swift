import Invalidations
import Testing

// Retries: what is written to retry topics, and when it runs.

struct RetryTests {
    @Test func afterTheAttemptsOfARoundOnlyTheEdgesThatRemainAreDeferred() throws {
        let core = CoreHarness([EdgeProfile(name: "up"), EdgeProfile(name: "down")])
        let id = core.publish(tag: "x")
        core.answer("up")
        for _ in 0..<3 {
            core.fail(.transient, at: "down")
            core.pass(.seconds(3))
        }
        let retryRecord = try #require(core.retryRecords.first)
        #expect(core.retryRecords.count == 1)
        #expect(retryRecord.tier == 0 && retryRecord.partition == 0)
        #expect(retryRecord.retry.parts == [RetryMetadata.Part(edge: "down", attempts: 3)])
        #expect(retryRecord.retry.reason == .failed)
        #expect(retryRecord.retry.origin == RecordPosition(source: CoreHarness.source, offset: 0))
        #expect(retryRecord.retry.notBefore == retryRecord.retry.deferredAt + 10_000)
        #expect(retryRecord.original.value == Array("value".utf8))
        #expect(core.states(id) == ["up": .purged, "down": .deferred])
        core.pass(.seconds(2))
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 1))
    }

    @Test func nothingIsFinishedBeforeKafkaHasStoredTheRetryRecord() {
        let core = CoreHarness()
        core.holdsBackRetries = true
        let id = core.publish(tag: "x")
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
        #expect(core.retryRecords.count == 1)
        #expect(core.openRecords == 1 && core.states(id)["a"] != .deferred)
        core.send(.delivered(core.heldBack[0], isStored: false))
        core.pass(.milliseconds(1_001))
        #expect(core.retryRecords.count == 2, "what was not stored is handed over again")
        core.send(.delivered(core.heldBack[1], isStored: true))
        #expect(core.openRecords == 0)
    }

    /// Each retry round that fails goes one topic further; the last one is used until no attempts are left.
    @Test func aRequestGoesThroughTheRetryTopicsAndThenDies() throws {
        let core = CoreHarness(settings: .with { $0.breaker.failuresInRow = 100 })
        let id = core.publish(tag: "x")
        var tiers: [Int] = []
        for _ in 0..<10 where core.deadLetters.isEmpty {
            for _ in 0..<3 where !core.purges.isEmpty {
                core.fail(.transient)
                core.pass(.seconds(3))
            }
            guard let retryRecord = core.retryRecords.last, retryRecord.retry.parts[0].attempts / 3 > tiers.count else {
                break
            }
            tiers.append(retryRecord.tier)
            core.readBack(retryRecord)
            #expect(core.purges.isEmpty, "not before its time")
            core.pass(.milliseconds(retryRecord.retry.notBefore.milliseconds - core.now.wall.milliseconds + 1))
        }
        #expect(tiers == [0, 1, 2, 3])
        let deadLetter = try #require(core.deadLetters.first)
        #expect(deadLetter.deadClass == .exhausted)
        #expect(deadLetter.failedEdges.map(\.attempts) == [15])
        #expect(deadLetter.original.value == Array("value".utf8))
        #expect(deadLetter.position == RecordPosition(source: CoreHarness.source, offset: 0))
        #expect(core.states(id) == ["a": .dead])
        #expect(core.openRecords == 0 && core.delayedRecords == 0)
    }

    @Test func withoutRetryTopicsThreeAttemptsAreAll() {
        let core = CoreHarness(
            [EdgeProfile(name: "up"), EdgeProfile(name: "down")], settings: .with { $0.retryTiers = [] })
        let id = core.publish(tag: "x")
        core.answer("up")
        for _ in 0..<3 {
            core.fail(.transient, at: "down")
            core.pass(.seconds(3))
        }
        #expect(core.deadLetters.map { $0.failedEdges.map(\.edge) } == [["down"]])
        #expect(core.states(id) == ["up": .purged, "down": .dead])
    }

    @Test func anEdgeThatIsDownHoldsNothingUpAndIsCaughtUpWhenItIsBack() throws {
        let core = CoreHarness([EdgeProfile(name: "up"), EdgeProfile(name: "down")])
        var ids: [RequestID] = []
        for number in 0..<20 {
            ids.append(core.publish(tag: "\(number)", namespace: "n\(number)"))
            while core.purges.contains(where: { $0.edge == "up" }) { core.answer("up") }
            if core.purges.contains(where: { $0.edge == "down" }) { core.fail(.transient, at: "down") }
        }
        #expect(core.alerts.contains { if case .edgeDown(1, _) = $0 { true } else { false } })
        #expect(core.purges.isEmpty)
        core.pass(.milliseconds(100))
        #expect(core.openRecords == 0, "what waits for the edge waits in Kafka")
        #expect(core.retryRecords.count == 20)
        #expect(core.retryRecords.filter { $0.retry.reason == .breaker }.count >= 15)
        #expect(core.retryRecords.allSatisfy { $0.retry.parts.map(\.edge) == ["down"] })

        for retryRecord in core.retryRecords { core.readBack(retryRecord) }
        #expect(core.delayedRecords == 20 && core.purges.isEmpty)
        // The breaker checks the edge, and asks with one of them, long before its time.
        core.pass(.milliseconds(1_100))
        #expect(core.purges.isEmpty && core.checks == ["down"])
        core.answerCheck()
        #expect(core.purges.map(\.edge) == ["down"])
        core.answer()
        #expect(core.alerts.contains(.edgeUp(edge: 1)))
        core.answerAll()
        #expect(ids.allSatisfy { core.states($0)["down"] == .purged })
        #expect(core.delayedRecords == 0 && core.openRecords == 0)
        #expect(core.retryRecords.count == 20, "nothing had to be deferred again")
    }

    @Test func aFailedProbeUsesUpNoAttemptAndPutsNothingOff() {
        let core = CoreHarness()
        for number in 0..<6 {
            core.publish(tag: "\(number)", namespace: "n\(number)")
            if !core.purges.isEmpty { core.fail(.transient) }
        }
        for retryRecord in core.retryRecords { core.readBack(retryRecord) }
        core.pass(.milliseconds(1_100))
        core.answerCheck()
        #expect(core.purges.count == 1)
        core.fail(.transient)
        #expect(core.purges.isEmpty)
        #expect(core.delayedRecords == 6 && core.retryRecords.count == 6)
        core.pass(.milliseconds(990))
        #expect(core.purges.isEmpty && core.checks.isEmpty, "the second pause is at least a second long")
    }

    @Test func whatIsTriedAheadOfItsTimeInVainLetsTheRequestsOtherEdgesGo() {
        let edges = ["a", "b"].map { EdgeProfile(name: $0, fanOutMax: 1) }
        let core = CoreHarness(edges, settings: .with { $0.breaker.failuresInRow = 1 })
        core.publish(tag: "shows that both are well")
        core.answerAll()
        core.publish(tag: "shows that one is not")
        core.fail(.transient, at: "a")
        core.answerCheck(PurgeFailure(.transient, "no"))
        core.answerAll()
        core.pass(.seconds(3))
        core.answerCheck()
        let invalidation = Invalidation(
            id: RequestID(at: core.now.wall), namespace: Namespace("shop")!, selectors: Selectors(tags: ["x"]),
            requestedAt: CoreHarness.start)
        let retry = RetryMetadata(
            origin: RecordPosition(source: CoreHarness.source, offset: 7), deferredAt: CoreHarness.start,
            notBefore: core.now.wall + 600_000, parts: edges.map { RetryMetadata.Part(edge: $0.name) }, reason: .breaker
        )
        core.publish(.success(invalidation), from: SourcePartition(tier: 2, partition: 0), retry: retry)
        #expect(core.purges.map(\.edge) == ["a"], "as a probe, and one edge at a time")
        core.fail(.transient, at: "a")
        #expect(core.purges.map(\.edge) == ["b"])
    }

    @Test func whatIsWrongWithTheEdgeBurnsNoAttempts() {
        let core = CoreHarness()
        core.publish(tag: "x")
        core.fail(.permanentTarget)
        core.answerCheck(PurgeFailure(.permanentTarget, "no"))
        #expect(core.alerts.contains { if case .edgeRefuses(0, _) = $0 { true } else { false } })
        core.publish(tag: "y")
        #expect(core.retryRecords.last?.retry.parts == [RetryMetadata.Part(edge: "a", attempts: 0)])
        #expect(core.retryRecords.last?.retry.reason == .breaker)
        #expect(core.deadLetters.isEmpty)
    }

    @Test func aFullLaneDefersWhatComesAfterAndNobodyElses() {
        let core = CoreHarness(
            [EdgeProfile(name: "fast"), EdgeProfile(name: "slow")], settings: .with { $0.laneRequestsMax = 4 })
        for number in 0..<10 {
            core.publish(tag: "\(number)")
            core.answer("fast")
        }
        #expect(core.retryRecords.count == 5, "one is with the slow edge and four wait")
        #expect(core.retryRecords.allSatisfy { $0.retry.reason == .overflow && $0.retry.parts.map(\.edge) == ["slow"] })
        #expect(core.sent.filter { $0.edge == "fast" }.count == 10)
        core.answerAll()
        for retryRecord in core.retryRecords { core.readBack(retryRecord) }
        core.pass(.seconds(6))
        #expect(core.sent.filter { $0.edge == "slow" }.last?.batch.items.count ?? 0 >= 1)
        core.answerAll()
        #expect(core.delayedRecords == 0, "an idle edge gets its backlog ahead of time")
    }

    @Test func retriesKeepToTheirBudget() {
        let core = CoreHarness(settings: .with { $0.retryBudget.perSecond = 0.1 })
        for number in 0..<4 { core.publish(tag: "x", namespace: "n\(number)") }
        for _ in 0..<4 { core.fail(.transient) }
        #expect(core.retryRecords.count == 3, "the budget allows one retry")
    }

    @Test func aRetryThatALaterPurgeHasDoneIsAbsorbed() throws {
        let core = CoreHarness()
        let id = core.publish(tag: "x")
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
        core.readBack(try #require(core.retryRecords.first))
        core.publish(tag: "x")
        core.answer()
        core.pass(.seconds(11))
        #expect(core.states(id) == ["a": .absorbed])
        #expect(core.purges.isEmpty)
    }

    /// A lost acknowledgement leaves two copies of a retry record; they must not become four on the next retry round.
    @Test func ofSeveralCopiesOfARetryRecordOneIsFollowed() throws {
        let core = CoreHarness(settings: .with { $0.breaker.failuresInRow = 100 })
        let id = core.publish(tag: "x")
        core.holdsBackRetries = true
        failARound(core)
        core.send(.delivered(core.heldBack[0], isStored: false))
        core.pass(.milliseconds(1_001))
        core.send(.delivered(core.heldBack[1], isStored: true))
        core.holdsBackRetries = false
        let copies = core.retryRecords
        #expect(copies.count == 2)

        core.readBack(copies[0])
        #expect(core.delayedRecords == 0 && core.openRecords == 0, "the later one is followed in its place")
        core.readBack(copies[1])
        core.pass(.seconds(11))
        failARound(core)
        #expect(core.retryRecords.count == 3)
        core.readBack(copies[1])
        #expect(core.delayedRecords == 0 && core.openRecords == 0, "and now another is later than that")

        core.readBack(core.retryRecords[2])
        #expect(core.delayedRecords == 1)
        core.pass(.seconds(61))
        core.answer()
        #expect(core.states(id) == ["a": .purged])
        core.readBack(copies[1])
        #expect(core.delayedRecords == 0 && core.purges.isEmpty, "what has ended is not begun again")
    }

    @Test func copiesAreNotComparedAcrossARevocation() throws {
        let core = CoreHarness(settings: .with { $0.breaker.failuresInRow = 100 })
        core.publish(tag: "x")
        failARound(core)
        let first = try #require(core.retryRecords.first)
        core.readBack(first)
        core.pass(.seconds(11))
        failARound(core)
        core.revoke()
        core.send(.assigned(CoreHarness.everything(next: 1)))
        core.publish(
            .success(first.invalidation), from: SourcePartition(tier: 1, partition: 0), retry: first.retry)
        #expect(!core.purges.isEmpty || core.delayedRecords == 1, "another owner's clock may be behind")
    }

    private func failARound(_ core: CoreHarness) {
        for _ in 0..<3 where !core.purges.isEmpty {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
    }

    @Test func whatFoundNoCapacityDoesNotWaitForTheNextTopicsTime() throws {
        let core = CoreHarness(
            settings: .with {
                $0.laneRequestsMax = 1
                $0.delayedMax = 2
            })
        core.publish(tag: "with the edge")
        core.publish(tag: "fills the lane")
        for number in 0..<2 {
            let invalidation = Invalidation(
                id: RequestID(at: core.now.wall), namespace: Namespace("shop")!,
                selectors: Selectors(tags: ["late \(number)"]), requestedAt: core.now.wall)
            let retry = RetryMetadata(
                origin: RecordPosition(source: CoreHarness.source, offset: -2 + Int64(number)),
                deferredAt: core.now.wall, notBefore: core.now.wall,
                parts: [RetryMetadata.Part(edge: "a", attempts: 9)], reason: .failed)
            core.publish(.success(invalidation), from: SourcePartition(tier: 3, partition: 0), retry: retry)
        }
        #expect(core.delayedRecords == 2)
        core.pass(core.settings.blockedTimeMax + .seconds(3))
        let retryRecord = try #require(core.retryRecords.first { $0.retry.parts[0].attempts == 9 })
        #expect(retryRecord.retry.reason == .overflow)
        #expect(retryRecord.tier == 0 && retryRecord.retry.notBefore == retryRecord.retry.deferredAt + 10_000)
    }

    @Test func anEdgeThatIsGoneFromTheConfigurationIsADeadLetter() {
        let core = CoreHarness()
        let invalidation = Invalidation(
            id: RequestID(at: CoreHarness.start), namespace: Namespace("shop")!, selectors: Selectors(tags: ["x"]),
            requestedAt: CoreHarness.start)
        let retry = RetryMetadata(
            origin: RecordPosition(source: CoreHarness.source, offset: 7), deferredAt: CoreHarness.start,
            notBefore: CoreHarness.start, parts: [RetryMetadata.Part(edge: "gone"), RetryMetadata.Part(edge: "a")],
            reason: .failed)
        core.publish(.success(invalidation), from: SourcePartition(tier: 0, partition: 0), retry: retry)
        core.answerAll()
        #expect(core.deadLetters.map { $0.failedEdges.map(\.edge) } == [["gone"]])
        #expect(core.states(invalidation.id) == ["a": .purged, "gone": .dead])
    }

    @Test func theSecondPurgeIsAStepOfItsOwn() throws {
        let core = CoreHarness([EdgeProfile(name: "a", repeatsAfter: .seconds(2))])
        let id = core.publish(tag: "x")
        core.answer()
        #expect(core.states(id) == ["a": .purged, "a+again": .deferred])
        let retryRecord = try #require(core.retryRecords.first)
        #expect(retryRecord.tier == 0 && retryRecord.retry.notBefore == CoreHarness.start + 2_000)
        #expect(retryRecord.retry.parts == [RetryMetadata.Part(edge: "a", step: .second)])
        core.readBack(retryRecord)
        core.pass(.milliseconds(1_900))
        #expect(core.purges.isEmpty)
        core.pass(.milliseconds(200))
        core.answer()
        #expect(core.states(id) == ["a+again": .purged])
        #expect(core.retryRecords.count == 1)
    }
}
