import Foundation
import JSON
import Kafka
import Runtime
import TopicCatalogue

/// Lists the topics, creates missing ones, and says what differs.
struct TopicsCommand {
    private let settings: Settings

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
    }

    func list() -> ExitCode {
        var output = JSONList()
        for topic in TopicCatalogue.all {
            guard settings.isJSON else {
                let policy = topic.config["cleanup.policy"] ?? ""
                Output.text(
                    "\(topic.name)  \(topic.partitions) partitions  \(policy)  key: \(topic.key.meaning)\n"
                        + "    \(topic.summary)")
                continue
            }
            output.addObject { writer in
                writer.member("topic", topic.name)
                writer.member("partitions", Int64(topic.partitions))
                writer.key("config")
                writer.beginObject()
                for (setting, value) in topic.config.sorted(by: { $0.key < $1.key }) {
                    writer.key(setting)
                    writer.string(value)
                }
                writer.endObject()
            }
        }
        if settings.isJSON { output.show() }
        return .ok
    }

    func apply() throws -> ExitCode {
        let plan = try TopicSetup.apply(to: KafkaAdmin(settings.kafka()))
        var output = JSONList()
        for topic in plan.missing {
            tell("created", topic.name, "\(topic.partitions) partitions", text: "\(topic.name)", &output)
        }
        let remainder = plan.findings.filter { finding in !plan.missing.contains { $0.name == finding.topic } }
        return try report(remainder, &output)
    }

    func check() throws -> ExitCode {
        var output = JSONList()
        return try report(TopicSetup.check(on: KafkaAdmin(settings.kafka())).findings, &output)
    }

    private func report(_ findings: [TopicFinding], _ output: inout JSONList) throws -> ExitCode {
        let tools = try TopicTools(settings)
        for finding in findings {
            let text = finding.description(tools)
            tell("differs", finding.topic, text, text: text, &output)
        }
        if settings.isJSON {
            output.show()
        } else if findings.isEmpty {
            Output.text("all \(TopicCatalogue.all.count) topics are as they should be")
        }
        return findings.isEmpty ? .ok : .failure
    }

    private func tell(
        _ what: String, _ topic: String, _ detail: String, text: String, _ output: inout JSONList
    ) {
        guard settings.isJSON else { return Output.text("\(what): \(text)") }
        output.addObject { writer in
            writer.member("topic", topic)
            writer.member("finding", what)
            writer.member("detail", detail)
        }
    }
}

extension TopicTools {
    /// Commands that reach the cluster of these settings.
    init(_ settings: Settings) throws {
        let file = settings.file.map { " --config \($0)" } ?? ""
        self.init(
            brokers: try settings.sources.list("kafka.brokers").joined(separator: ","), options: file,
            isPlain: try settings.sources.string("kafka.security") == "plaintext")
    }
}
