import Invalidations
import Testing

/// Endings: how a record ends, and when its offset is committed.
struct EndingTests {
    @Test func aRequestReachesEveryEdgeAndThenItsOffsetIsCommitted() {
        let core = CoreHarness([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        let id = core.publish(tag: "x")
        core.answerAll()
        #expect(core.states(id) == ["a": .purged, "b": .purged])
        #expect(core.openRecords == 0)
        core.pass(.milliseconds(1_001))
        #expect(core.commits == [CoreHarness.source: CommitPoint(offset: 1)])
    }

    @Test func whatIsNoRequestIsDeadLetteredAndTheWorkerGoesOn() {
        let core = CoreHarness()
        core.publish(.failure(InvalidationError(.malformed, "not valid JSON: …")), from: CoreHarness.source)
        let id = core.publish(tag: "x")
        core.answerAll()
        #expect(core.deadLetters.map(\.deadClass) == [.undecodable])
        #expect(core.deadLetters[0].original.value == Array("value".utf8))
        #expect(core.states(id) == ["a": .purged])
    }

    @Test func whatIsNoRequestAndStillHasAnIdIsReportedAsFailed() {
        let core = CoreHarness()
        let id = RequestID(at: CoreHarness.start)
        let identity = RequestIdentity(id: id, namespace: Namespace("shop")!)
        let error = InvalidationError(.invalidField("tags"), "tags must be an array", identity: identity)
        core.publish(.failure(error), from: CoreHarness.source)
        #expect(core.deadLetters.map(\.deadClass) == [.undecodable])
        #expect(core.reports[id]?.namespace == identity.namespace)
        #expect(core.reports[id]?.edges.isEmpty == true)
        let failure = RequestFailure(failureClass: "undecodable", message: "tags must be an array")
        #expect(core.reports[id]?.failure == failure)
        #expect(core.openRecords == 0)
        core.pass(.milliseconds(1_001))
        #expect(core.commits == [CoreHarness.source: CommitPoint(offset: 1)])
    }

    @Test func aNamespaceThatNoEdgeServesFails() {
        let core = CoreHarness([EdgeProfile(name: "a", namespaces: [.exactly("shop"), .prefix("shop-")])])
        let id = core.publish(tag: "x", namespace: "blog")
        #expect(core.deadLetters.map(\.deadClass) == [.unroutable])
        #expect(core.reports[id]?.edges.isEmpty == true)
        #expect(core.reports[id]?.failure?.failureClass == "unroutable")
        #expect(core.reports[id]?.failure?.message.contains("no edge serves namespace blog") == true)
        core.publish(tag: "x", namespace: "shop-7")
        #expect(core.purges.count == 1)
    }

    @Test(arguments: [(512, nil), (513, nil), (256, Duration.seconds(1)), (257, .seconds(1))])
    func aRequestHasABoundedNumberOfEdges(_ edges: Int, _ repeatsAfter: Duration?) {
        let core = CoreHarness((0..<edges).map { EdgeProfile(name: "e\($0)", repeatsAfter: repeatsAfter) })
        let id = core.publish(tag: "x")
        core.answerAll()
        let isTooMany = edges % 2 == 1
        #expect(core.deadLetters.map(\.deadClass) == (isTooMany ? [.unroutable] : []))
        #expect(core.sent.count == (isTooMany ? 0 : edges))
        #expect(core.reports[id]?.edges.count ?? 0 <= 512)
    }

    @Test(arguments: [EdgeProfile.UnsupportedPolicy.dead, .skip])
    func selectorsAnEdgeCannotPurgeFollowItsPolicy(_ policy: EdgeProfile.UnsupportedPolicy) {
        let core = CoreHarness([
            EdgeProfile(name: "tags"), EdgeProfile(name: "urls", accepts: .urls, unsupported: policy),
        ])
        let id = core.publish(tag: "x")
        core.answerAll()
        #expect(core.states(id) == ["tags": .purged, "urls": policy == .dead ? .dead : .skipped])
        #expect(core.deadLetters.count == (policy == .dead ? 1 : 0))
        let mixed = core.publish(Selectors(tags: ["x"], urls: ["https://shop.example/"]))
        core.answerAll()
        #expect(core.states(mixed)["urls"] == (policy == .dead ? .dead : .purged), "what it can do it has done")
    }

    @Test func whatNobodyNeedsAnyMoreIsNotSent() {
        let core = CoreHarness(
            [EdgeProfile(name: "a", concurrencyMax: 1)], settings: .with { $0.maximumAge = .seconds(60) })
        let late = core.publish(Selectors(tags: ["x"]), expiresAt: core.now.wall)
        #expect(core.states(late) == ["a": .expired] && core.sent.isEmpty)

        core.publish(tag: "first")
        let soon = core.publish(Selectors(tags: ["y"]), expiresAt: core.now.wall + 500)
        core.pass(.seconds(1))
        core.answer()
        #expect(core.states(soon) == ["a": .expired], "it expired while it waited")
        #expect(core.sent.count == 1)
    }

    @Test func aRequestIsCalledOffWhereItIsNotDoneYet() throws {
        let core = CoreHarness([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        core.publish(tag: "first")
        let id = core.publish(tag: "x")
        core.answer("a")
        let call = core.publish(Selectors(), cancels: id)
        #expect(core.states(call) == ["a": .absorbed, "b": .absorbed])
        core.answerAll()
        #expect(core.states(id) == ["a": .purged, "b": .cancelled], "a purge under way is not called back")
        #expect(core.openRecords == 0)

        let other = core.publish(tag: "y", namespace: "blog")
        core.publish(Selectors(), cancels: other)
        core.answerAll()
        #expect(core.states(other) == ["a": .purged, "b": .purged], "nobody calls off another namespace's requests")
    }

    @Test func aRequestThatIsReadAfterItsCancellationIsNotSent() throws {
        let core = CoreHarness()
        let id = core.publish(tag: "x")
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
        core.publish(Selectors(), cancels: id)
        core.readBack(try #require(core.retryRecords.first))
        #expect(core.states(id) == ["a": .cancelled])
        #expect(core.delayedRecords == 0)
    }

    @Test func whatIsFinishedAboveTheWatermarkIsNotReadAgain() throws {
        let first = CoreHarness()
        for number in 0..<5 { first.publish(tag: "\(number)", namespace: "n\(number)") }
        for number in [1, 2, 4] {
            let purge = try #require(first.purges.first { $0.batch.namespace.name == "n\(number)" })
            first.send(.purged(purge.number, .acknowledged))
        }
        first.revoke()
        let point = try #require(first.commits[CoreHarness.source])
        #expect(point.offset == 0 && !point.metadata.isEmpty)

        let core = CoreHarness(assigned: CoreHarness.everything(next: point.offset, metadata: point.metadata))
        for number in 0..<6 { core.publish(tag: "\(number)", namespace: "n\(number)") }
        #expect(core.sent.map(\.batch.namespace.name) == ["n0", "n3", "n5"])
        core.answerAll()
        core.pass(.seconds(2))
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 6))
    }

    @Test func aLateOutcomeOfARevokedPartitionChangesNothing() throws {
        let core = CoreHarness()
        core.publish(tag: "x")
        core.publish(tag: "y")
        core.revoke()
        core.answer()
        core.pass(.seconds(2))
        #expect(core.commits.isEmpty && core.sent.count == 1)
        core.send(.assigned(CoreHarness.everything()))
        #expect(core.openRecords == 0)
    }

    @Test func aRecordThatHoldsBackTheOffsetsIsDeferred() {
        let core = CoreHarness([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        core.publish(tag: "stuck")
        core.answer("a")
        for number in 0..<10 { core.publish(tag: "x", namespace: "n\(number)") }
        for purge in core.purges where purge.batch.namespace.name != "shop" {
            core.send(.purged(purge.number, .acknowledged))
        }
        core.pass(.seconds(62))
        #expect(core.retryRecords.first?.retry.reason == .blocking)
        #expect(core.retryRecords.first?.retry.parts.map(\.edge) == ["b"])
        #expect(core.commits[CoreHarness.source]?.offset ?? 0 > 0)
        core.answer("b")
        #expect(core.openRecords == 0, "what ends after it was deferred changes nothing")
    }

    /// What is undecodable is kept byte for byte, and harms nobody.
    @Test func aFloodOfUndecodableRecordsStopsNothing() {
        let core = CoreHarness(settings: .with { $0.deadLetterGuard.inRow = 50 })
        for _ in 0..<500 { core.publish(.failure(InvalidationError(.malformed, "no")), from: CoreHarness.source) }
        #expect(core.deadLetters.count == 500)
        #expect(core.capacity() > 0 && core.alerts.isEmpty)
    }

    @Test func aNamespaceThatOnlyFailsIsPausedAtThatEdgeAndNobodyElse() {
        let core = CoreHarness(
            [EdgeProfile(name: "a"), EdgeProfile(name: "b")],
            settings: .with { ($0.deadLetterGuard.inRow, $0.deadLetterGuard.pause) = (50, .seconds(30)) })
        for _ in 0..<50 {
            core.publish(tag: "poison")
            core.fail(.permanentItem, at: "a")
            core.answer("b")
        }
        #expect(core.deadLetters.count == 50)
        #expect(core.alerts == [.deadLetterFlood(Namespace("shop")!, edge: 0, pause: .seconds(30))])
        core.publish(tag: "x")
        core.publish(tag: "x", namespace: "blog")
        #expect(core.purges.map { "\($0.edge) \($0.batch.namespace)" } == ["b shop", "a blog", "b blog"])
        core.answerAll()
        core.pass(.seconds(31))
        #expect(core.purges.map { "\($0.edge) \($0.batch.namespace)" } == ["a shop"])
    }

    @Test func theReadingStopsWhenTheWorkerIsFull() {
        let core = CoreHarness(settings: .with { ($0.openRecordsMax, $0.edgeShare) = (10, 1) })
        for number in 0..<9 {
            #expect(core.capacity() > 0)
            core.publish(tag: "x", namespace: "n\(number)")
        }
        #expect(core.capacity() == 0)
        #expect(
            core.capacity(SourcePartition(topic: 0, partition: 0)) == 1, "there is always capacity for urgent requests")
    }

    @Test func aRefusedCommitIsRepeated() {
        let core = CoreHarness()
        core.publish(tag: "x")
        core.answerAll()
        core.pass(.milliseconds(1_001))
        core.publish(tag: "y")
        core.send(.commitFailed([CoreHarness.source]))
        core.pass(.milliseconds(1_001))
        #expect(core.commits[CoreHarness.source]?.offset == 1)
        core.answerAll()
        core.pass(.milliseconds(1_001))
        #expect(core.commits[CoreHarness.source]?.offset == 2)
    }
}
