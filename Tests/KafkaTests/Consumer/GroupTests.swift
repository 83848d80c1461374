import Kafka
import TestSupport
import Testing

/// A member of a group that answers assignments as an application does: looks up what was committed, reads from
/// there, counts, and commits when its partitions are taken away.
private final class Member {
    let consumer: KafkaConsumer
    private(set) var assigned: [TopicPartition] = []
    private(set) var assignments = 0
    private(set) var lost = 0
    private(set) var revoked = 0
    /// In answer to a revocation.
    var leaves = false
    private(set) var hasLeft = false
    private(set) var offsets: [TopicPartition: [Int64]] = [:]
    private var next: [TopicPartition: Int64] = [:]

    init(_ configuration: KafkaConfiguration, group: String, topics: [String]) throws {
        var tuning = ConsumerTuning(group: group)
        tuning.sessionTimeout = .seconds(6)
        tuning.heartbeatInterval = .milliseconds(500)
        consumer = try KafkaConsumer(configuration, tuning)
        try consumer.subscribe(topics)
    }

    func pollAndRead() throws {
        var events: [ConsumerEvent] = []
        consumer.poll { events.append($0) }
        for event in events { try handle(event) }
        for partition in assigned {
            _ = try consumer.records(of: partition, max: 100) { record in
                offsets[partition, default: []].append(record.offset)
                next[partition] = record.offset + 1
            }
        }
    }

    var commits: [CommitOffset] { next.map { CommitOffset($0.key, offset: $0.value) } }

    private func handle(_ event: ConsumerEvent) throws {
        switch event {
        case .assigned(let partitions):
            let committed = try consumer.committed(partitions, timeout: .seconds(10))
            try consumer.acceptAssignment(
                committed.map { TopicPartitionOffset($0.partition, $0.offset.map { .at($0) } ?? .beginning) })
            assigned = partitions.sorted()
            assignments += 1
        case .revoked(_, let isLost):
            if isLost { lost += 1 } else { try consumer.commitSync(commits, timeout: .seconds(10)) }
            revoked += 1
            assigned = []
            next = [:]
            if leaves { hasLeft = consumer.close(deadline: .seconds(5)) } else { try consumer.acceptRevocation() }
        case .fatal(let error): throw error
        case .error, .committed, .endOfPartition, .log, .statistics: break
        }
    }
}

@Suite("Group", .timeLimit(.minutes(3)))
struct GroupTests {
    @Test(.realKafka)
    func twoMembersShareAndEveryRecordIsReadOnce() throws {
        let configuration = try KafkaCluster.configuration()
        let topics = try (0..<2).map { _ in try KafkaCluster.createTopic("shared", partitions: 4) }
        let group = KafkaCluster.uniqueName("group")
        let producer = try KafkaProducer(configuration)
        try producer.warmUp(topics: topics, timeout: .seconds(30))
        let send = { (count: Int) in
            for topic in topics {
                for index in 0..<count {
                    try producer.send(topic: topic, partition: Int32(index % 4), key: nil, value: [1], token: 1)
                }
            }
            #expect(producer.flush(timeout: .seconds(30)) == 0)
        }
        try send(100)
        let first = try Member(configuration, group: group, topics: topics)
        try eventually("the first member reads all") {
            try first.pollAndRead()
            return first.offsets.values.reduce(0) { $0 + $1.count } == 200
        }
        #expect(first.assigned.count == 8)

        let second = try Member(configuration, group: group, topics: topics)
        try eventually("both have their share") {
            try first.pollAndRead()
            try second.pollAndRead()
            return first.assigned.count == 4 && second.assigned.count == 4
        }
        #expect(first.revoked == 1)
        #expect(first.lost == 0)
        // Range gives partition p of every topic to the same member.
        for member in [first, second] {
            let shares = topics.map { topic in member.assigned.filter { $0.topic == topic }.map(\.partition) }
            #expect(shares[0] == shares[1])
        }
        try send(100)
        try eventually("all is read") {
            try first.pollAndRead()
            try second.pollAndRead()
            return (first.offsets.values.map(\.count) + second.offsets.values.map(\.count)).reduce(0, +) >= 400
        }
        for topic in topics {
            for partition in Int32(0)..<4 {
                let each = TopicPartition(topic, partition)
                #expect((first.offsets[each] ?? []) + (second.offsets[each] ?? []) == Array(0..<50), "\(each)")
            }
        }

        // A member that leaves hands over at once, not at the end of its session.
        try second.consumer.commitSync(second.commits, timeout: .seconds(10))
        #expect(second.consumer.close(deadline: .seconds(20)))
        try eventually("the first has all again", within: .seconds(60)) {
            try first.pollAndRead()
            return first.assigned.count == 8
        }
        #expect(first.consumer.close(deadline: .seconds(20)))
    }

    /// Were it to join again first, its leaving would wait until everybody else has joined, too.
    @Test(.realKafka)
    func aMemberLeavesInAnswerToARevocation() throws {
        let configuration = try KafkaCluster.configuration()
        let topic = try KafkaCluster.createTopic("left", partitions: 4)
        let group = KafkaCluster.uniqueName("group")
        let members = try (0..<2).map { _ in try Member(configuration, group: group, topics: [topic]) }
        try eventually("both have their share") {
            for member in members { try member.pollAndRead() }
            return members.allSatisfy { $0.assigned.count == 2 }
        }
        members[1].leaves = true
        let third = try Member(configuration, group: group, topics: [topic])
        try eventually("it has left, and the first has not answered") {
            try members[1].pollAndRead()
            return members[1].hasLeft
        }
        try eventually("two share again") {
            for member in [members[0], third] { try member.pollAndRead() }
            return members[0].assigned.count == 2 && third.assigned.count == 2
        }
        for member in [members[0], third] { #expect(member.consumer.close(deadline: .seconds(20))) }
    }

    /// The library's newer question ends the process here.
    @Test(.ownBroker)
    func aGroupIsDescribedWhileItsCoordinatorGoesAndComes() throws {
        let broker = try KafkaBroker()
        let admin = try KafkaAdmin(broker.configuration)
        _ = try admin.createTopics([NewTopic("t", partitions: 2)])
        let member = try Member(broker.configuration, group: "g", topics: ["t"])
        try eventually("an assignment") {
            try member.pollAndRead()
            return member.assigned.count == 2
        }
        #expect(try admin.describeGroup("g").members.count == 1)
        for isClean in [true, false] {
            if isClean { try broker.stop() } else { broker.kill() }
            for _ in 0..<5 {
                #expect(throws: KafkaError.self) { try admin.describeGroup("g", timeout: .milliseconds(200)) }
            }
            try broker.startBroker()
            try eventually("an answer", within: .seconds(60)) {
                try member.pollAndRead()
                return (try? admin.describeGroup("g", timeout: .seconds(2)).members.count) == 1
            }
        }
        #expect(member.consumer.close(deadline: .seconds(20)))
    }

    @Test(.ownBroker)
    func sessionThatEndsUnnoticedLosesItsPartitions() throws {
        let broker = try KafkaBroker()
        let admin = try KafkaAdmin(broker.configuration)
        _ = try admin.createTopics([NewTopic("t", partitions: 2)])
        let member = try Member(broker.configuration, group: "g", topics: ["t"])
        try eventually("an assignment") {
            try member.pollAndRead()
            return member.assigned.count == 2
        }
        // Longer away than the session: a broker that comes back does not know the member any more.
        broker.kill()
        let away = ContinuousClock.now
        try eventually("the session has passed") {
            try member.pollAndRead()
            return ContinuousClock.now - away > .seconds(8) || member.lost > 0
        }
        try broker.startBroker()
        try eventually("a new assignment after a loss", within: .seconds(60)) {
            try member.pollAndRead()
            return member.lost > 0 && member.assigned.count == 2
        }
        #expect(member.assignments >= 2)
        #expect(member.consumer.close(deadline: .seconds(20)))
    }
}
