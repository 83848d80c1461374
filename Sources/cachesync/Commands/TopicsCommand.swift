import Foundation
import JSON
import Kafka
import Runtime
import TopicCatalogue

struct TopicsCommand {
    private let settings: Settings

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
    }

    func list() -> ExitCode {
        for topic in TopicCatalogue.all {
            guard settings.isJSON else {
                let policy = topic.config["cleanup.policy"] ?? ""
                Output.text(
                    "\(topic.name)  \(topic.partitions) partitions  \(policy)  key: \(topic.key.meaning)\n    \(topic.summary)"
                )
                continue
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("topic", topic.name)
            writer.member("partitions", Int64(topic.partitions))
            writer.key("config")
            writer.beginObject()
            for (setting, value) in topic.config.sorted(by: { $0.key < $1.key }) {
                writer.key(setting)
                writer.string(value)
            }
            writer.endObject()
            writer.endObject()
            Output.json(writer.bytes)
        }
        return .ok
    }

    func apply() throws -> ExitCode {
        let plan = try TopicSetup.apply(to: KafkaAdmin(settings.kafka()))
        for topic in plan.missing { tell("created", topic.name, "\(topic.partitions) partitions") }
        return report(plan.findings.filter { finding in !plan.missing.contains { $0.name == finding.topic } })
    }

    func check() throws -> ExitCode {
        report(try TopicSetup.check(on: KafkaAdmin(settings.kafka())).findings)
    }

    private func report(_ findings: [TopicFinding]) -> ExitCode {
        for finding in findings { tell("differs", finding.topic, finding.description) }
        guard findings.isEmpty else { return .failure }
        if !settings.isJSON { Output.text("all \(TopicCatalogue.all.count) topics are as they should be") }
        return .ok
    }

    private func tell(_ what: String, _ topic: String, _ text: String) {
        guard settings.isJSON else { return Output.text("\(what): \(topic): \(text)") }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("topic", topic)
        writer.member("finding", what)
        writer.member("detail", text)
        writer.endObject()
        Output.json(writer.bytes)
    }
}
