import Invalidations
import Testing

/// Strict namespaces: the order is kept across retries, too.
struct OrderTests {
    private let strict = WorkerSettings.with { $0.strictNamespaces = [.exactly("shop")] }

    private func exhaust(_ core: CoreHarness) {
        for _ in 0..<3 {
            core.fail(.transient)
            core.pass(.seconds(3))
        }
    }

    @Test func whatIsBehindADeferredRequestWaitsForIt() throws {
        let core = CoreHarness(settings: strict)
        let ids = (0..<3).map { core.publish(tag: "\($0)") }
        #expect(core.purges.map(\.batch.items.count) == [1])
        exhaust(core)
        #expect(core.retryRecords.map(\.retry.reason) == [.failed, .order, .order])
        core.publish(tag: "3")
        #expect(core.purges.isEmpty && core.retryRecords.last?.retry.reason == .order)

        // They come back in any order and go in theirs.
        for index in [2, 0, 3, 1] { core.readBack(core.retryRecords[index]) }
        core.pass(.seconds(11))
        for tag in ["0", "1", "2", "3"] {
            #expect(core.purges.map { $0.batch.items.flatMap(\.tags) } == [[tag]])
            core.answer()
        }
        #expect(ids.allSatisfy { core.states($0) == ["a": .purged] })
        #expect(core.delayedRecords == 0 && core.openRecords == 0)
        core.publish(tag: "4")
        #expect(core.purges.count == 1, "nothing is in its way any more")
    }

    @Test func anotherNamespaceIsNotAffected() {
        let core = CoreHarness(settings: strict)
        core.publish(tag: "0")
        exhaust(core)
        core.publish(tag: "x", namespace: "blog")
        #expect(core.purges.map { $0.batch.items.flatMap(\.tags) } == [["x"]])
    }

    @Test func aDeadLetterLetsTheNextOneGo() throws {
        let core = CoreHarness(settings: strict)
        core.publish(tag: "0")
        core.publish(tag: "1")
        exhaust(core)
        for retryRecord in core.retryRecords { core.readBack(retryRecord) }
        core.pass(.seconds(11))
        core.fail(.permanentItem)
        #expect(core.deadLetters.count == 1)
        #expect(core.purges.map { $0.batch.items.flatMap(\.tags) } == [["1"]])
    }

    /// A new owner learns what earlier ones have deferred before it reads anything new.
    @Test func aNewOwnerScansTheRetryTopicsFirst() throws {
        let first = CoreHarness(settings: strict)
        first.publish(tag: "0")
        exhaust(first)
        let retryRecord = try #require(first.retryRecords.first)

        let retry = SourcePartition(tier: 0, partition: 0)
        let assigned = (0..<8).map { topic in
            let source = SourcePartition(topic: topic, partition: 0)
            let next: Int64 = source == CoreHarness.source ? 1 : 0
            return AssignedPartition(source, next: next, end: source.tier == nil ? nil : source == retry ? 2 : 0)
        }
        let core = CoreHarness(settings: strict, assigned: assigned)
        #expect(core.capacity() == 0 && core.capacity(retry) > 0)
        core.readBack(retryRecord)
        #expect(core.rereads.isEmpty)
        var other = retryRecord
        other.invalidation.namespace = Namespace("blog")!
        core.readBack(other)
        #expect(core.rereads == [retry: 0])
        #expect(core.capacity() == 0 && core.delayedRecords == 0, "the first reading only looks")
        core.readBack(retryRecord)
        #expect(core.delayedRecords == 1)
        #expect(core.capacity() > 0)
        core.publish(tag: "1")
        #expect(core.purges.isEmpty)
        #expect(core.retryRecords.map(\.retry.reason) == [.order])
    }

    /// How long a look may take without a record counts from this assignment, not from an earlier one.
    @Test func aPartitionThatComesBackIsScannedWithATimeOfItsOwn() throws {
        let first = CoreHarness(settings: strict)
        first.publish(tag: "0")
        exhaust(first)
        let retryRecord = try #require(first.retryRecords.first)

        let retry = SourcePartition(tier: 0, partition: 0)
        let assigned = CoreHarness.everything().map { partition in
            AssignedPartition(partition.source, next: 0, end: partition.source == retry ? 2 : nil)
        }
        let core = CoreHarness(settings: strict, assigned: assigned)
        core.pass(.seconds(6))
        core.revoke()
        core.send(.assigned(assigned))
        core.readBack(retryRecord)
        core.pass(.seconds(5))
        #expect(core.rereads.isEmpty && core.capacity() == 0)
        core.pass(.seconds(16))
        #expect(core.rereads == [retry: 0], "its end may have been deleted")
    }
}
