import Invalidations
import Testing

/// A backlog waits in Kafka. Only what keeps others from working is deferred.
struct BackpressureTests {
    /// Reads as much as there is capacity for, answers as the edges do, and ends when all is done.
    private func drain(_ core: CoreHarness, records: Int, namespaces: Int, answering edges: [String]) -> Int {
        var published = 0
        var widest = 0
        while published < records || core.openRecords > 0 {
            while published < records, core.capacity() > 0 {
                core.publish(tag: "t\(published)", namespace: "n\(published % namespaces)")
                published += 1
            }
            widest = max(widest, core.openRecords)
            for edge in edges where core.purges.contains(where: { $0.edge == edge }) { core.answer(edge) }
            core.pass(.milliseconds(5))
        }
        return widest
    }

    @Test(arguments: [1, 5], [1, 20])
    func aBacklogOfEquallyFastEdgesDefersNothing(_ edges: Int, _ namespaces: Int) {
        let names = (0..<edges).map { "e\($0)" }
        let core = CoreHarness(
            names.map { EdgeProfile(name: $0, batchItemsMax: 3, concurrencyMax: 2) },
            settings: .with {
                $0.openRecordsMax = 200
                $0.laneRequestsMax = 100
                $0.blockedTimeMax = .seconds(1)
            })
        let widest = drain(core, records: 2_000, namespaces: namespaces, answering: names)
        #expect(core.retryRecords.isEmpty)
        #expect(widest <= 200 && core.sent.count > 0)
    }

    @Test func besideAFastEdgeOnlyTheSlowOnesPartsAreDeferred() {
        let core = CoreHarness(
            [EdgeProfile(name: "fast"), EdgeProfile(name: "slow", concurrencyMax: 1)],
            settings: .with { $0.openRecordsMax = 100 })
        var fast = 0
        for number in 0..<600 {
            guard core.capacity() > 0 else { break }
            core.publish(tag: "\(number)", namespace: "n\(number)")
            while core.purges.contains(where: { $0.edge == "fast" }) {
                core.answer("fast")
                fast += 1
            }
            core.pass(.milliseconds(5))
        }
        #expect(fast > 500, "the fast edge gets on: \(fast)")
        #expect(!core.retryRecords.isEmpty && core.retryRecords.allSatisfy { $0.retry.parts.map(\.edge) == ["slow"] })
    }

    /// What fills a lane waits in Kafka, but not for another namespace's sake.
    @Test func aNoisyNamespaceIsDeferredWhereAQuietOneIsAmongItsRecords() {
        let core = CoreHarness(
            [EdgeProfile(name: "a", concurrencyMax: 1)], settings: .with { $0.laneRequestsMax = 10 })
        core.publish(tag: "quiet", namespace: "quiet")
        for number in 0..<30 { core.publish(tag: "\(number)", namespace: "noisy") }
        #expect(
            core.retryRecords.count > 0 && core.retryRecords.allSatisfy { $0.invalidation.namespace.name == "noisy" })
        #expect(core.capacity() > 0)
    }

    @Test func aFullLaneStopsTheReadingUntilItHasCapacity() {
        let core = CoreHarness(
            [EdgeProfile(name: "a", batchItemsMax: 1)], settings: .with { $0.laneRequestsMax = 8 })
        var taken = 0
        while core.capacity() > 0, taken < 100 {
            core.publish(tag: "\(taken)")
            taken += 1
        }
        #expect(taken < 12 && core.retryRecords.isEmpty)
        for _ in 0..<4 { core.answer() }
        #expect(core.capacity() > 0)
    }

    /// An outage costs each request about one record, whatever its length.
    @Test func anOutageIsWrittenOnceForAsLongAsItHasLasted() throws {
        let core = CoreHarness([EdgeProfile(name: "up"), EdgeProfile(name: "down")])
        var published = 0
        var read = 0
        let minutes = 60
        for second in 0..<(minutes * 60) {
            core.publish(tag: "\(second)", namespace: "n\(second % 10)")
            published += 1
            while core.purges.contains(where: { $0.edge == "up" }) { core.answer("up") }
            while core.purges.contains(where: { $0.edge == "down" }) { core.fail(.transient, at: "down") }
            while !core.checks.isEmpty { core.answerCheck(PurgeFailure(.transient, "connection refused")) }
            while read < core.retryRecords.count,
                core.capacity(SourcePartition(tier: core.retryRecords[read].tier, partition: 0)) > 0
            {
                core.readBack(core.retryRecords[read])
                read += 1
            }
            core.pass(.seconds(1))
        }
        let perRequest = Double(core.retryRecords.count) / Double(published)
        print("outage | \(minutes) minutes, \(published) requests | \(perRequest) retry records a request")
        #expect(perRequest < 2.5)
        #expect(core.delayedRecords <= core.settings.delayedInAllMax)
    }

    /// A worker that starts in the midst of an outage learns from what others deferred how long it has been.
    @Test func anOutageIsOlderThanTheWorkerThatSeesIt() throws {
        let core = CoreHarness()
        let invalidation = Invalidation(
            id: RequestID(at: core.now.wall), namespace: Namespace("shop")!, selectors: Selectors(tags: ["x"]),
            requestedAt: core.now.wall)
        let retry = RetryMetadata(
            origin: RecordPosition(source: CoreHarness.source, offset: 0), deferredAt: core.now.wall + -300_000,
            notBefore: core.now.wall + 300_000, parts: [RetryMetadata.Part(edge: "a")], reason: .breaker)
        core.publish(.success(invalidation), from: SourcePartition(tier: 2, partition: 0), retry: retry)
        for number in 0..<6 {
            core.publish(tag: "\(number)", namespace: "n\(number)")
            if !core.purges.isEmpty { core.fail(.transient) }
        }
        #expect(core.retryRecords.last?.retry.reason == .breaker)
        #expect(core.retryRecords.last?.tier == 2, "five minutes so far: ten more, not ten seconds")
    }
}
