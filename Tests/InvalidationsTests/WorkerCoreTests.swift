import Foundation
import Invalidations
import Testing

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
        let world = WorkerWorld(edges: [EdgeProfile(name: "up"), EdgeProfile(name: "down")], seed: 1)
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
            #expect(world.core.room > 0)
            world.send(.record(record))
        }
        #expect(world.core.room == 0)
    }

    @Test func drainingFinishesWhatIsOpenAndTakesNothingMore() {
        let world = WorkerWorld(edges: [EdgeProfile(name: "a")], seed: 1)
        for number in 0..<20 { _ = world.publish(first, namespace: "shop", tags: ["t\(number)"]) }
        world.assignAll()
        for _ in 0..<8 { _ = world.step() }
        world.send(.drain)
        #expect(world.core.room == 0)
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

    /// The guarantees under random failures, lost deliveries, revocations and crashes.
    @Test func nothingIsLostAndFirstAttemptsKeepTheirOrder() {
        let base = UInt64.random(in: 0...(UInt64.max >> 1))
        print("seeds from \(base)")
        for seed in base..<base + 300 { checkWorld(seed: seed) }
    }

    private func checkWorld(seed: UInt64) {
        let edges = [
            EdgeProfile(name: "a", batchItemsMax: 4), EdgeProfile(name: "b"),
            EdgeProfile(name: "c", namespaces: [.prefix("n1")]),
        ]
        let world = WorkerWorld(edges: edges, seed: seed)
        world.failurePercent = Int.random(in: 0...60, using: &world.random)
        world.deliveryFailurePercent = Int.random(in: 0...30, using: &world.random)
        var ids: [RequestID] = []
        for number in 0..<60 {
            let partition = Bool.random(using: &world.random) ? first : second
            ids.append(world.publish(partition, namespace: "n\(partition.partition)", tags: ["t\(number)"]))
        }
        world.poison = ["t7", "t21"]
        world.assignAll()
        var assigned: Set<SourcePartition> = [first, second]
        for _ in 0..<400 {
            switch Int.random(in: 0..<100, using: &world.random) {
            case 0:
                world.crash()
                world.assignAll()
                assigned = [first, second]
            case 1 where assigned.contains(first):
                world.revoke([first])
                assigned.remove(first)
            case 2...4 where !assigned.contains(first):
                world.assign([first])
                assigned.insert(first)
            default: _ = world.step()
            }
        }
        if !assigned.contains(first) { world.assign([first]) }
        #expect(world.run(), "seed \(seed) never ends")
        #expect(world.core.openRecords == 0, "seed \(seed)")
        for partition in [first, second] {
            #expect(world.committed[partition] ?? 0 == Int64(world.log[partition, default: []].count), "seed \(seed)")
        }
        for id in ids { checkEnding(of: id, in: world, seed: seed) }
        for (lane, tags) in world.firstArrivals {
            let numbers = tags.map { Int($0.dropFirst())! }
            #expect(numbers == numbers.sorted(), "seed \(seed): \(lane) saw \(numbers)")
        }
    }

    private func checkEnding(of id: RequestID, in world: WorkerWorld, seed: UInt64) {
        // The world delivers reports in any order; an interim one may come in last.
        guard let last = world.reports[id]?.last(where: { $0.edges.allSatisfy(\.state.isTerminal) }) else {
            Issue.record("seed \(seed): \(id) has no last report")
            return
        }
        let tags = world.log.values.joined().compactMap { try? $0.content.get() }.first { $0.id == id }!.selectors.tags
        for edge in last.edges {
            let name = world.edges[edge.edge].name
            switch edge.state {
            case .purged:
                #expect(world.acknowledgedTags[name]?.isSuperset(of: tags) == true, "seed \(seed): \(name) \(tags)")
            case .dead:
                let isNamed = world.letters.contains {
                    $0.invalidation?.id == id && $0.failedEdges.contains { $0.edge == name }
                }
                #expect(isNamed, "seed \(seed): no letter names \(name)")
            default: Issue.record("seed \(seed): \(id) ends \(edge.state) on \(name)")
            }
        }
    }
}
