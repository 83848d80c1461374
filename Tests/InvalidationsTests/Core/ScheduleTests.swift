import Invalidations
import TestSupport
import Testing

/// Requests that say before which time no purge for them may start.
struct ScheduleTests {
    /// Reads back what was written since, as time passes, until that much has passed.
    private func pass(_ milliseconds: Int64, _ core: CoreHarness, from read: inout Int) {
        let end = core.now.wall + milliseconds
        while core.now.wall < end {
            while read < core.retryRecords.count {
                core.readBack(core.retryRecords[read])
                read += 1
            }
            core.pass(.milliseconds(min(50, end.milliseconds - core.now.wall.milliseconds)))
        }
    }

    @Test func aPurgeWaitsForItsTimeWithoutAnAttempt() throws {
        let core = CoreHarness([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        let notBefore = core.now.wall + 3_000
        let id = core.publish(Selectors(tags: ["x"]), notBefore: notBefore)
        #expect(core.sent.isEmpty && core.openRecords == 0)
        #expect(core.states(id) == ["a": .queued, "b": .queued], "it was not tried yet")
        let record = try #require(core.retryRecords.first)
        #expect(record.tier == 0 && record.retry.notBefore == notBefore && record.retry.reason == .scheduled)
        #expect(record.retry.parts.map(\.attempts) == [0, 0] && record.retry.firstFailedAt == nil)
        core.readBack(record)
        core.pass(.milliseconds(2_999))
        #expect(core.sent.isEmpty && core.delayedRecords == 1)
        core.pass(.milliseconds(51))
        #expect(core.sent.count == 2)
        core.answerAll()
        #expect(core.states(id) == ["a": .purged, "b": .purged])
        #expect(core.reports[id]?.notBefore == notBefore)
    }

    @Test func aTimeThatHasPassedIsNoTime() {
        let core = CoreHarness()
        core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall)
        core.publish(Selectors(tags: ["y"]), notBefore: core.now.wall + -1)
        core.answerAll()
        #expect(core.sent.count == 2 && core.retryRecords.isEmpty)
    }

    @Test(arguments: [700, 10_000, 10_001, 75_000, 1_300_000, 8_000_000])
    func itGoesHopByHop(_ wait: Int64) throws {
        let core = CoreHarness()
        var read = 0
        core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + wait)
        pass(wait - 1, core, from: &read)
        #expect(core.sent.isEmpty)
        // Hops come due in steps of 25 ms, the last one included.
        pass(1_000, core, from: &read)
        #expect(core.sent.count == 1)
        core.answer()
        #expect(core.retryRecords.allSatisfy { $0.retry.reason == .scheduled && $0.retry.parts[0].attempts == 0 })
    }

    /// Two workers, one after the other: the second one knows nothing but the log.
    @Test func anotherWorkerGoesOnWaiting() throws {
        let first = CoreHarness()
        first.publish(Selectors(tags: ["x"]), notBefore: CoreHarness.start + 5_000)
        let second = CoreHarness()
        second.readBack(try #require(first.retryRecords.first))
        second.pass(.milliseconds(4_999))
        #expect(second.sent.isEmpty)
        second.pass(.milliseconds(51))
        #expect(second.sent.count == 1)
    }

    @Test func anEdgeThatRecoversDoesNotHurryIt() throws {
        let core = CoreHarness()
        core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 9_000)
        core.readBack(try #require(core.retryRecords.first))
        // The edge goes down and comes back.
        core.publish(tag: "other")
        for _ in 0..<10 where !core.purges.isEmpty {
            core.fail(.transient)
            core.pass(.milliseconds(500))
        }
        core.answerAll()
        core.pass(.seconds(1))
        core.answerAll()
        #expect(core.sent.allSatisfy { purge in !purge.batch.items.contains { $0.tags == ["x"] } })
        core.pass(.milliseconds(9_000))
        core.answerAll()
        #expect(core.sent.contains { purge in purge.batch.items.contains { $0.tags.contains("x") } })
    }

    @Test func failuresBeginWithTheFirstRetryTopic() throws {
        let core = CoreHarness()
        core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 2_000)
        core.readBack(try #require(core.retryRecords.first))
        core.pass(.milliseconds(2_050))
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
        let record = try #require(core.retryRecords.last)
        #expect(record.tier == 0 && record.retry.reason == .failed && record.retry.parts[0].attempts == 3)
    }

    @Test func anEarlierPurgeIsNotItsOwn() throws {
        let core = CoreHarness()
        let id = core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 5_000)
        core.readBack(try #require(core.retryRecords.first))
        core.pass(.milliseconds(2_500))
        core.publish(tag: "x")
        core.answer()
        core.pass(.milliseconds(2_600))
        #expect(core.sent.count == 2, "the one before its time proves nothing")
        core.answer()
        #expect(core.states(id) == ["a": .purged])
    }

    @Test func itIsCalledOffWhileItWaits() throws {
        let core = CoreHarness()
        let inHand = core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 5_000)
        core.readBack(try #require(core.retryRecords.first))
        core.publish(Selectors(), cancels: inHand)
        #expect(core.states(inHand) == ["a": .cancelled] && core.delayedRecords == 0)

        let onItsWay = core.publish(Selectors(tags: ["y"]), notBefore: core.now.wall + 5_000)
        core.publish(Selectors(), cancels: onItsWay)
        core.readBack(try #require(core.retryRecords.last))
        #expect(core.states(onItsWay) == ["a": .cancelled])
        core.pass(.seconds(20))
        #expect(core.sent.isEmpty)
    }

    @Test func itsAgeCountsFromItsTime() throws {
        let core = CoreHarness(settings: .with { $0.maximumAge = .seconds(4) })
        let late = core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 8_000)
        core.readBack(try #require(core.retryRecords.first))
        core.pass(.milliseconds(8_050))
        core.answerAll()
        #expect(core.states(late) == ["a": .purged])
        let useless = core.publish(
            Selectors(tags: ["y"]), notBefore: core.now.wall + 2_000, expiresAt: core.now.wall + 2_000)
        #expect(core.states(useless) == ["a": .expired], "it would expire while it waits")
    }

    @Test func whatCannotBeWaitedForIsADeadLetter() {
        let core = CoreHarness()
        let far = core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 2 * Limits.notBeforeMax)
        #expect(core.deadLetters.map(\.deadClass) == [.undecodable])
        #expect(core.reports[far]?.failure?.message.contains("more than a day ahead") == true)

        let withoutTopics = CoreHarness(settings: .with { $0.retryTiers = [] })
        let id = withoutTopics.publish(Selectors(tags: ["x"]), notBefore: withoutTopics.now.wall + 1_000)
        #expect(withoutTopics.reports[id]?.failure?.message.contains("no retry topics") == true)
        #expect(core.sent.isEmpty && withoutTopics.sent.isEmpty)
    }

    @Test func aStrictNamespaceDoesNotWaitForIt() throws {
        let core = CoreHarness(settings: .with { $0.strictNamespaces = [.exactly("shop")] })
        let waiting = core.publish(Selectors(tags: ["first"]), notBefore: core.now.wall + 5_000)
        let next = core.publish(tag: "second")
        core.answerAll()
        #expect(core.states(next) == ["a": .purged])
        core.readBack(try #require(core.retryRecords.first))
        // When its time has come it stands in line before all that came later and could not be sent yet.
        core.pass(.milliseconds(5_050))
        core.publish(tag: "third")
        #expect(core.sent.count == 2)
        core.answerAll()
        #expect(core.states(waiting) == ["a": .purged])
        core.readBack(try #require(core.retryRecords.last { $0.retry.reason == .order }))
        core.answerAll()
        #expect(core.sent.map { $0.batch.items[0].tags } == [["second"], ["first"], ["third"]])
    }

    @Test func layersOpenInTheirOrderWhenItsTimeHasCome() throws {
        let core = CoreHarness([
            EdgeProfile(name: "inner"), EdgeProfile(name: "outer", layer: 1, layerDelay: .milliseconds(100)),
        ])
        core.publish(Selectors(tags: ["x"]), notBefore: core.now.wall + 1_000)
        #expect(core.retryRecords.count == 1 && core.retryRecords[0].retry.parts.map(\.edge) == ["inner", "outer"])
        core.readBack(core.retryRecords[0])
        core.pass(.milliseconds(1_050))
        #expect(core.purges.map(\.edge) == ["inner"])
        core.answer("inner")
        core.pass(.milliseconds(150))
        #expect(core.purges.map(\.edge) == ["outer"])
    }
}
