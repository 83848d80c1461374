import Foundation
import Invalidations
import Testing

/// Everything in one visit, as without retry topics.
private let oneVisit: WorkerSettings = {
    var settings = WorkerSettings()
    settings.retryTiers = []
    return settings
}()

private let first = SourcePartition(topic: 0, partition: 0)
private let second = SourcePartition(topic: 0, partition: 1)

struct WorkerCoreTests {
    @Test func aRequestReachesEveryEdgeAndThenItsOffsetIsCommitted() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a"), EdgeProfile(name: "b")], seed: 1)
        let id = world.publish(first, namespace: "shop", tags: ["t"])
        world.assignAll()
        #expect(world.run())
        #expect(world.acknowledgedTags == ["a": ["t"], "b": ["t"]])
        #expect(world.reports[id]?.last?.edges.map(\.state) == [.purged, .purged])
        #expect(world.committed == [first: 1])
        #expect(world.core.openRecords == 0)
    }

    @Test func nothingIsCommittedBeforeTheReportIsStored() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        _ = world.publish(first, namespace: "shop", tags: ["t"])
        world.deliveryFailurePercent = 100
        world.assignAll()
        #expect(!world.run(steps: 200))
        #expect(world.committed.isEmpty)
        world.deliveryFailurePercent = 0
        #expect(world.run())
        #expect(world.committed == [first: 1])
    }

    @Test func whatWaitsInALaneBecomesOneBatchInPublishOrder() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        for number in 0..<10 { _ = world.publish(first, namespace: "shop", tags: ["t\(number)"]) }
        world.assign([first])
        for record in world.log[first]! { world.send(.record(record)) }
        // The first went out at once; the nine behind it go together.
        #expect(world.batchSizes == [1])
        world.send(.purged(world.purgesInFlight.removeFirst().number, .acknowledged))
        #expect(world.batchSizes == [1, 9])
        #expect(world.purgesInFlight[0].batch.items.flatMap(\.tags) == (1...9).map { "t\($0)" })
    }

    @Test func aBatchKeepsItsLimitsAndOneMode() {
        let edge = EdgeProfile(name: "a", batchItemsMax: 3)
        let world = WorkerWorld(edges: [edge], seed: 1)
        for number in 0..<8 {
            _ = world.publish(first, namespace: "shop", tags: ["t\(number)"], mode: number < 6 ? .hard : .soft)
        }
        world.assign([first])
        for record in world.log[first]! { world.send(.record(record)) }
        while let purge = world.purgesInFlight.popLast() { world.send(.purged(purge.number, .acknowledged)) }
        #expect(world.batchSizes == [1, 3, 2, 2])
    }

    @Test func afterThreeAttemptsARequestIsBuriedWithItsBytesAndItsFailedEdges() throws {
        let world = WorkerWorld(edges: [EdgeProfile(name: "up"), EdgeProfile(name: "down")], seed: 1, settings: oneVisit)
        let id = world.publish(first, namespace: "shop", tags: ["t"])
        world.assignAll()
        world.send(.record(world.log[first]![0]))
        var attempts = 0
        while world.letters.isEmpty {
            while let purge = world.purgesInFlight.popLast() {
                let isUp = world.edges[purge.edge].name == "up"
                attempts += isUp ? 0 : 1
                let failure = ItemOutcome.failed(PurgeFailure(.transient, "connection refused"))
                world.send(.purged(purge.number, isUp ? .acknowledged : .each([failure])))
            }
            guard world.step() else { break }
        }
        #expect(world.run())
        #expect(attempts == 3)
        let letter = try #require(world.letters.first)
        #expect(letter.deadClass == .exhausted)
        #expect(letter.original == world.log[first]![0].original)
        #expect(letter.failedEdges.map(\.edge) == ["down"])
        #expect(letter.failedEdges.map(\.attempts) == [3])
        #expect(world.reports[id]?.last?.edges.map(\.state) == [.purged, .dead])
        #expect(world.committed == [first: 1])
    }

    @Test func aPoisonedItemDiesAloneAndItsNeighboursArePurged() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 7)
        for number in 0..<30 { _ = world.publish(first, namespace: "shop", tags: ["t\(number)"]) }
        world.poison = ["t13"]
        world.assignAll()
        #expect(world.run())
        #expect(world.letters.map { $0.invalidation!.selectors.tags } == [["t13"]])
        #expect(world.letters.first?.deadClass == .permanent)
        #expect(world.acknowledgedTags["a"]?.count == 29)
        #expect(world.committed == [first: 30])
    }

    @Test func whatIsNoRequestIsBuriedAndTheWorkerGoesOn() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        world.append(first, .failure(InvalidationError(.malformed, "not valid JSON: …")), value: [0xFF, 0x00])
        _ = world.publish(first, namespace: "shop", tags: ["t"])
        world.assignAll()
        #expect(world.run())
        #expect(world.letters.map(\.deadClass) == [.undecodable])
        #expect(world.letters[0].original.value == [0xFF, 0x00])
        #expect(world.committed == [first: 2])
    }

    @Test func aNamespaceThatNoEdgeServesFails() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a", namespaces: [.exactly("shop")])], seed: 1)
        let id = world.publish(first, namespace: "blog", tags: ["t"])
        world.assignAll()
        #expect(world.run())
        #expect(world.letters.map(\.deadClass) == [.unroutable])
        #expect(world.reports[id]?.last?.edges.isEmpty == true)
    }

    @Test(arguments: [EdgeProfile.UnsupportedPolicy.dead, .skip])
    func selectorsAnEdgeCannotPurgeFollowItsPolicy(_ policy: EdgeProfile.UnsupportedPolicy) {
        let edges = [EdgeProfile(name: "tags"), EdgeProfile(name: "urls", takes: .urls, unsupported: policy)]
        let world = WorkerWorld(edges: edges, seed: 1)
        let id = world.publish(first, namespace: "shop", tags: ["t"])
        world.assignAll()
        #expect(world.run())
        let states = world.reports[id]?.last?.edges.map(\.state)
        #expect(states == (policy == .dead ? [.purged, .dead] : [.purged]))
        #expect(world.letters.count == (policy == .dead ? 1 : 0))
    }

    @Test func anExpiredRequestIsNotSent() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        var invalidation = Invalidation(
            id: RequestID(at: world.now.wall), namespace: .default, selectors: Selectors(tags: ["t"]),
            requestedAt: world.now.wall)
        invalidation.expiresAt = world.now.wall
        world.append(first, .success(invalidation), value: [])
        world.assignAll()
        #expect(world.run())
        #expect(world.reports[invalidation.id]?.last?.edges.map(\.state) == [.expired])
        #expect(world.batchSizes.isEmpty)
    }

    @Test func theIntakeStopsWhenTheWorkerIsFull() {
        var settings = WorkerSettings()
        settings.openRecordsMax = 5
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1, settings: settings)
        for number in 0..<20 { _ = world.publish(first, namespace: "shop", tags: ["t\(number)"]) }
        world.assignAll()
        for record in world.log[first]!.prefix(5) {
            #expect(world.core.room(for: first) > 0)
            world.send(.record(record))
        }
        #expect(world.core.room(for: first) == 0)
    }

    @Test func drainingFinishesWhatIsOpenAndTakesNothingMore() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        for number in 0..<20 { _ = world.publish(first, namespace: "shop", tags: ["t\(number)"]) }
        world.assignAll()
        for _ in 0..<8 { _ = world.step() }
        world.send(.drain)
        #expect(world.core.room(for: first) == 0)
        #expect(world.run())
        #expect(world.isDrained)
        #expect(world.core.openRecords == 0)
        #expect(world.committed[first] ?? 0 > 0 && world.committed[first] ?? 0 < 20)
    }

    @Test func aRefusedCommitIsRepeated() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        _ = world.publish(first, namespace: "shop", tags: ["t"])
        world.assignAll()
        #expect(world.run())
        #expect(world.committed == [first: 1])
        world.committed = [:]
        world.send(.commitFailed([first]))
        #expect(world.run())
        #expect(world.committed == [first: 1])
    }
}
