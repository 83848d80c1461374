import Bridges
import Kafka
import Mappings
import Runtime

/// Checks the topics of other systems that bridges read, and how far they are.
struct BridgeCheck {
    let settings: Settings

    func findings() -> [Finding] {
        do {
            let mappings = try settings.bridges()
            guard !mappings.isEmpty else { return [] }
            guard try settings.hasBrokers else {
                return [.ok("bridges", "no brokers are set: `cachesync up` makes the topics in memory, to try out")]
            }
            let kafka = try settings.kafka()
            var foreign = kafka
            // The topics of others do not begin with the prefix of this installation.
            foreign.topicPrefix = ""
            let admin = try KafkaAdmin(foreign)
            let cluster = try admin.metadata()
            return mappings.map { finding($0, cluster, group: kafka.topicPrefix + BridgeConfiguration.group, admin) }
        } catch {
            return [.fail("bridges", "\(error)")]
        }
    }

    private func finding(
        _ mapping: Mapping, _ cluster: ClusterMetadata, group: String, _ admin: KafkaAdmin
    ) -> Finding {
        let subject = "bridge \(mapping.name)"
        guard let topic = cluster.topic(mapping.topic), topic.error == nil, !topic.partitions.isEmpty else {
            return .fail(
                subject,
                "the topic \(mapping.topic) does not exist, or this user may not see it: create it, or correct the name"
            )
        }
        do {
            let lags = try admin.lag(group: group, topics: [mapping.topic])
            guard lags.contains(where: { $0.committed != nil }) else {
                return .remark(subject, "the topic \(mapping.topic) was not read yet: start `cachesync bridge`")
            }
            let count = lags.reduce(0) { $0 + $1.records }
            return .ok(subject, "\(count) events of \(mapping.topic) wait for it")
        } catch {
            return .fail(subject, "how far it is cannot be found out: \(error)")
        }
    }
}
