import Kafka
import TestSupport
import Testing
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

        world.start(waits: false)
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

    @Test(.timeLimit(.minutes(2)))
    func membersWithOtherEdgesAreTold() throws {
        let world = try WorkerOnKafka("peers")
        world.start()
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
