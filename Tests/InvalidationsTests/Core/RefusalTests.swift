import Invalidations
import Testing

/// Refusals: they concern one request, until a check shows that the edge refuses more.
struct RefusalTests {
    private let refusal = PurgeFailure(.permanentTarget, "403 Forbidden", isShared: false)

    @Test func oneRefusedRequestSlowsNobodyDown() {
        let core = CoreHarness()
        core.publish(tag: "refused", namespace: "blog")
        core.answer("a", .each([.failed(refusal)]))
        #expect(core.checks == ["a"])
        core.answerCheck()
        for number in 0..<20 {
            core.publish(tag: "\(number)")
            #expect(core.purges.count == 1, "sent at once")
            core.answer()
        }
        #expect(core.alerts.isEmpty)
        #expect(core.retryRecords.map(\.retry.reason) == [.failed])
        #expect(core.retryRecords.map { $0.retry.parts.map(\.attempts) } == [[1]])
    }

    @Test func aRefusedRequestIsTriedOnceInEachRoundAndEndsAsADeadLetter() throws {
        let core = CoreHarness()
        let id = core.publish(tag: "refused")
        for tier in 0..<5 {
            core.answer("a", .each([.failed(refusal)]))
            if !core.checks.isEmpty { core.answerCheck() }
            guard tier < 4 else { break }
            let retryRecord = try #require(core.retryRecords.last)
            #expect(retryRecord.tier == tier && core.retryRecords.count == tier + 1)
            core.readBack(retryRecord)
            #expect(core.purges.isEmpty)
            core.pass(.milliseconds(retryRecord.retry.notBefore.milliseconds - core.now.wall.milliseconds + 30))
        }
        let deadLetter = try #require(core.deadLetters.first)
        #expect(deadLetter.deadClass == .permanent)
        #expect(deadLetter.failedEdges.map(\.attempts) == [5] && deadLetter.reason.contains("403 Forbidden"))
        #expect(core.states(id) == ["a": .dead])
    }

    @Test func ofSeveralInOneCallTheRefusedOneIsFound() {
        let core = CoreHarness()
        core.publish(tag: "first")
        for tag in ["good", "bad", "better"] { core.publish(tag: tag) }
        core.answer()
        while let purge = core.purges.first {
            let isRefused = purge.batch.items.contains { $0.tags == ["bad"] }
            let failure = ItemOutcome.failed(PurgeFailure(.permanentTarget, "403 Forbidden"))
            let failures = Array(repeating: failure, count: purge.batch.items.count)
            core.answer("a", isRefused ? .each(failures) : .acknowledged)
            if !core.checks.isEmpty { core.answerCheck() }
        }
        #expect(core.retryRecords.map(\.invalidation.selectors.tags) == [["bad"]])
    }

    @Test func aKindThatTheEdgeRefusesClosesItToThatKindAlone() throws {
        let core = CoreHarness()
        let prefix = Selectors(prefixes: ["https://shop.example/a/"])
        core.publish(prefix, namespace: "blog")
        core.answer("a", .each([.failed(refusal)]))
        core.answerCheck(refusal, of: .prefixes)
        #expect(core.alerts == [.edgeRefusesKinds(edge: 0, .prefixes, refusal)])
        core.publish(prefix, namespace: "other")
        #expect(core.purges.isEmpty, "no use in sending it")
        #expect(core.retryRecords.last?.retry.reason == .failed && core.retryRecords.last?.retry.lastFailure == refusal)
        core.publish(tag: "x")
        #expect(core.purges.count == 1)
        core.answer()

        // It is asked again and again, and taken at its word when it says yes.
        for retryRecord in core.retryRecords { core.readBack(retryRecord) }
        core.pass(.seconds(2))
        core.answerCheck()
        #expect(core.purges.count == 2, "what was deferred goes ahead of its time")
        core.answerAll()
        #expect(core.openRecords == 0 && core.delayedRecords == 0)
    }

    @Test func failuresOfOneNamespaceDoNotCloseTheEdgeToOthers() {
        let core = CoreHarness(settings: .with { $0.retryBudget.perSecond = 100 })
        for number in 0..<8 {
            core.publish(tag: "\(number)", namespace: "slow")
            core.fail(.unknown)
            core.pass(.seconds(3))
            if !core.checks.isEmpty { core.answerCheck() }
        }
        #expect(core.alerts.isEmpty)
        core.publish(tag: "x")
        #expect(core.purges.contains { $0.batch.namespace.name == "shop" })
    }

    @Test func failuresOfOneNamespaceAndAFailedCheckDo() {
        let core = CoreHarness(settings: .with { $0.retryBudget.perSecond = 100 })
        for number in 0..<5 {
            core.publish(tag: "\(number)", namespace: "n", topic: 1)
            core.fail(.unknown)
            core.pass(.seconds(3))
        }
        core.answerCheck(PurgeFailure(.unknown, "no answer"))
        #expect(core.alerts == [.edgeDown(edge: 0, PurgeFailure(.unknown, "no answer"))])
    }

    /// A request that always fails must not keep a closed edge from being found well.
    @Test func probesRotate() {
        let core = CoreHarness()
        for number in 0..<6 {
            core.publish(tag: "\(number)", namespace: "n\(number)")
            if !core.purges.isEmpty { core.fail(.transient) }
        }
        for retryRecord in core.retryRecords { core.readBack(retryRecord) }
        var probed: [String] = []
        for _ in 0..<3 {
            while core.checks.isEmpty { core.pass(.milliseconds(100)) }
            core.answerCheck()
            probed += core.purges.map(\.batch.namespace.name)
            core.fail(.transient)
        }
        #expect(Set(probed).count == 3, "\(probed)")
    }

    /// An edge that came back is noticed within ten seconds, however long it was away.
    @Test func aLongOutageIsCheckedOftenAndCheaply() throws {
        let core = CoreHarness()
        for number in 0..<6 {
            core.publish(tag: "\(number)", namespace: "n\(number)")
            if !core.purges.isEmpty { core.fail(.transient) }
        }
        let sent = core.sent.count
        var longest: Int64 = 0
        var last = core.now.monotonic
        while core.now.monotonic < 3_600_000_000_000 {
            core.pass(.milliseconds(100))
            guard !core.checks.isEmpty else { continue }
            longest = max(longest, core.now.monotonic - last)
            core.answerCheck(PurgeFailure(.transient, "connection refused"))
            last = core.now.monotonic
        }
        #expect(longest <= 10_200_000_000, "\(longest) ns without a check")
        #expect(core.sent.count == sent, "no request is sent while the edge is away")
    }

    @Test(arguments: [nil, .zero, .seconds(-5), .nanoseconds(1), .seconds(1), .seconds(1 << 40)] as [Duration?])
    func aThrottledEdgeIsLeftAloneWhateverItSaysOfTheTime(_ retryAfter: Duration?) {
        let core = CoreHarness(settings: .with { $0.blockedTimeMax = .seconds(100_000) })
        core.publish(tag: "x")
        for _ in 0..<20 where !core.purges.isEmpty {
            core.fail(.throttled, retryAfter: retryAfter)
            #expect(core.purges.isEmpty)
            core.pass(.milliseconds(99))
            #expect(core.purges.isEmpty, "at least a tenth of a second, for \(retryAfter as Any)")
            core.pass(.seconds(62))
        }
        core.pass(.seconds(3_602))
        #expect(!core.purges.isEmpty, "an hour at most")
    }
}
