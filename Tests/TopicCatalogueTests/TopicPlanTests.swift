import Testing
import TopicCatalogue

/// Tests of plans of topic changes.
struct TopicPlanTests {
    let wanted = TopicCatalogue.all.filter { $0.name == TopicName.dead }

    func existing(
        partitions: Int = 12, replicationFactor: Int? = 3, _ change: [String: String?] = [:]
    ) throws -> [ExistingTopic] {
        var config = try #require(wanted.first).config
        for (setting, value) in change { config[setting] = value }
        return [
            ExistingTopic(
                name: TopicName.dead, partitions: partitions, replicationFactor: replicationFactor, config: config)
        ]
    }

    @Test func anEmptyClusterLacksEverything() {
        let plan = TopicPlan.compare(desired: TopicCatalogue.all, existing: [])
        #expect(plan.missing == TopicCatalogue.all)
        #expect(plan.findings.count == TopicCatalogue.all.count)
        #expect(plan.findings.allSatisfy { $0.description.contains("cachesync topics apply") })
    }

    /// Every remedy is a command of its own that reaches the cluster; nobody has to add where it is.
    @Test func remediesCanBePasted() throws {
        let tools = TopicTools(brokers: "a:1,b:2", options: " --config x.yaml", isPlain: false)
        let config = TopicFinding.config(
            topic: "t", setting: "cleanup.policy", wanted: "compact,delete", found: "delete")
        #expect(
            config.description(tools).hasSuffix(
                "Set it: kafka-configs.sh --bootstrap-server a:1,b:2 --command-config CLIENT.properties --alter "
                    + "--entity-type topics --entity-name t --add-config cleanup.policy=[compact,delete]"))
        let missing = TopicFinding.missing(TopicCatalogue.all[0])
        #expect(missing.description(tools).hasSuffix(": cachesync topics apply --brokers a:1,b:2 --config x.yaml"))
        let partitions = TopicFinding.partitions(topic: "t", wanted: 12, found: 3).description(tools)
        #expect(
            partitions.contains(
                "kafka-topics.sh --bootstrap-server a:1,b:2 --command-config CLIENT.properties --delete"))
        let copies = TopicFinding.replicationFactor(topic: "t", wanted: 3, found: 1).description(tools)
        #expect(copies.contains("kafka-reassign-partitions.sh --bootstrap-server a:1,b:2"))
        #expect(!TopicFinding.missing(TopicCatalogue.all[0]).description.contains("command-config"))
    }

    @Test func whatIsAsWantedIsClean() throws {
        #expect(try TopicPlan.compare(desired: wanted, existing: existing()).isClean)
    }

    @Test func strangersAreIgnored() throws {
        let stranger = ExistingTopic(name: "orders", partitions: 1)
        #expect(try TopicPlan.compare(desired: wanted, existing: [stranger] + existing()).isClean)
    }

    @Test func settingsThatTheCatalogueDoesNotNameAreIgnored() throws {
        #expect(try TopicPlan.compare(desired: wanted, existing: existing(["segment.bytes": "1"])).isClean)
    }

    @Test func settingsAndCopiesThatCouldNotBeReadAreNotGuessed() throws {
        let unread = try existing(replicationFactor: nil, ["retention.ms": nil])
        #expect(TopicPlan.compare(desired: wanted, existing: unread).isClean)
    }

    @Test(arguments: [(1, "Adding partitions would move"), (11, "Adding"), (13, "never takes partitions away")])
    func anotherPartitionCountIsExplained(found: Int, words: String) throws {
        let plan = try TopicPlan.compare(desired: wanted, existing: existing(partitions: found))
        #expect(plan.findings == [.partitions(topic: TopicName.dead, wanted: 12, found: found)])
        #expect(plan.missing.isEmpty)
        #expect(plan.findings.allSatisfy { $0.description.contains(words) && $0.topic == TopicName.dead })
    }

    @Test func everyOtherSettingIsNamedWithItsCure() throws {
        let plan = try TopicPlan.compare(
            desired: wanted, existing: existing(["retention.ms": "1000", "cleanup.policy": "compact"]))
        #expect(
            plan.findings == [
                .config(topic: TopicName.dead, setting: "cleanup.policy", wanted: "delete", found: "compact"),
                .config(topic: TopicName.dead, setting: "retention.ms", wanted: "2592000000", found: "1000"),
            ])
        #expect(plan.findings.last?.description.contains("--add-config retention.ms=2592000000") == true)
    }

    @Test func tooFewCopiesAreAFindingAndMoreAreNot() throws {
        let fewer = try TopicPlan.compare(desired: wanted, existing: existing(replicationFactor: 1))
        #expect(fewer.findings == [.replicationFactor(topic: TopicName.dead, wanted: 3, found: 1)])
        #expect(fewer.findings.first?.description.contains("1 copy instead of 3") == true)
        #expect(try TopicPlan.compare(desired: wanted, existing: existing(replicationFactor: 5)).isClean)
    }

    @Test(arguments: [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (9, 3, "2")])
    func copiesFitTheClusterAndLeaveOneToSpare(brokers: Int, copies: Int, inSync: String) throws {
        let fitted = try #require(wanted.first).fitted(toBrokers: brokers)
        #expect(fitted.replicationFactor == copies)
        #expect(fitted.config["min.insync.replicas"] == inSync)
        #expect(fitted.partitions == 12)
    }
}
