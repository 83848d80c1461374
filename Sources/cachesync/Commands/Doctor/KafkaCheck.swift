import Kafka
import Runtime
import TopicCatalogue

/// Checks the brokers, the topics and the lag of the worker group.
struct KafkaCheck {
    let settings: Settings

    func findings() -> [Finding] {
        do {
            guard try settings.hasBrokers else {
                return [.ok("kafka", "no brokers are set: `cachesync up` brings its own, in memory")]
            }
            let admin = try KafkaAdmin(settings.kafka())
            let plan = try TopicSetup.check(on: admin)
            guard plan.isClean else {
                let tools = try TopicTools(settings)
                return [.fail("topics", plan.findings.map { $0.description(tools) }.joined(separator: "\n      "))]
            }
            return [.ok("kafka", "the brokers answer and all topics are as they should be"), group(admin)]
        } catch {
            return [.fail("kafka", "\(error)")]
        }
    }

    private func group(_ admin: KafkaAdmin) -> Finding {
        let subject = "workers"
        do {
            let name = try settings.sources.string("worker.group")
            let members = try admin.describeGroup(name).members.count
            let published = try waiting(TopicName.invalidations, name, admin)
            let deferred = try waiting(TopicName.retries, name, admin)
            let counts = """
                the group \(name) has \(members) \(members == 1 ? "member" : "members"); \(published.records) \
                published records wait for it, \(deferred.records) on retry topics
                """
            if members > 0 { return .ok(subject, counts) }
            if published.records + deferred.records > 0 {
                return .fail(subject, "\(counts), and nobody works on them: start `cachesync worker`")
            }
            return .remark(subject, published.isKnown ? counts : "no worker has run yet as the group \(name)")
        } catch {
            return .fail(subject, "how far the group is cannot be found out: \(error)")
        }
    }

    /// Records that the group has not finished; and whether it ever finished any.
    private func waiting(
        _ topics: [String], _ group: String, _ admin: KafkaAdmin
    ) throws -> (records: Int64, isKnown: Bool) {
        let lags = try admin.lag(group: group, topics: topics)
        return (lags.reduce(0) { $0 + $1.records }, lags.contains { $0.committed != nil })
    }
}
