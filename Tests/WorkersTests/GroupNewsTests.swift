import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// What a worker tells of its group.
@Suite(.serialized, .realKafka)
struct GroupNewsTests {
    /// A member that beats and does not answer holds up everybody, as one that died does until its session ends.
    @Test(.timeLimit(.minutes(2)))
    func aWorkerSaysWhatItWaitsFor() throws {
        let world = try WorkerOnKafka("waiting")
        var tuning = ConsumerTuning(group: world.configuration.group)
        tuning.sessionTimeout = .seconds(30)
        let silent = try KafkaConsumer(world.kafka, tuning)
        try silent.subscribe(SourceTopics(tiers: 4).names)
        var assigned: [TopicPartition] = []
        try eventually("the silent member has all partitions") {
            silent.poll { if case .assigned(let partitions) = $0 { assigned = partitions } }
            return !assigned.isEmpty
        }
        try silent.acceptAssignment(assigned.map { TopicPartitionOffset($0, .beginning) })

        world.startWorker(waits: false)
        try world.explained {
            try eventually("the worker says what it waits for") {
                world.logged("waiting for the group").contains { $0.contains("preparing a rebalance") }
            }
        }
        #expect(world.logged("waiting for the group").allSatisfy { $0.contains("session.timeout=\"2 s\"") })
        #expect(silent.close(deadline: .seconds(20)))
        try world.publish(["after"])
        try world.expectArrivals(["after"])
        #expect(world.failure == nil)
    }

    /// A worker that was started without the configuration gets half of the partitions, and must not give up what is
    /// there.
    @Test(.timeLimit(.minutes(2)))
    func aWorkerWithoutEdgesGivesNothingUpThatOthersCanRoute() throws {
        let world = try WorkerOnKafka("stray")
        world.startWorker()
        var other = world.configuration
        other.edges = []
        let tags = (0..<60).map { "item-\($0)" }
        try world.withAnother(other) {
            try world.explained {
                try eventually("both have partitions") { world.logged(" partitions=8 of=16").count == 2 }
            }
            try world.publish(tags)
            try world.explained {
                try eventually("the other one holds requests back") { !world.logged("are held back").isEmpty }
            }
        }
        try world.expectArrivals(tags)
        let dead = try world.admin.lag(group: world.configuration.group, topics: [TopicName.dead])
        #expect(dead.allSatisfy { $0.watermarks.high == 0 })
        #expect(world.failure == nil)
    }

    @Test(.timeLimit(.minutes(2)))
    func membersWithOtherEdgesAreTold() throws {
        let world = try WorkerOnKafka("peers")
        world.startWorker()
        try world.publish(["before"])
        try world.expectArrivals(["before"])
        #expect(world.logged("other edges").isEmpty)
        var other = world.configuration
        other.edges = []
        try world.withAnother(other) {
            try world.explained {
                try eventually("both say so") { world.logged("members of the group have other edges").count == 2 }
            }
            #expect(world.count("cachesync_worker_peers_differing") == 1)
        }
        try world.explained {
            try eventually("it is over") { !world.logged("all members of the group have the same edges").isEmpty }
        }
        #expect(world.count("cachesync_worker_peers_differing") == 0)
    }
}
