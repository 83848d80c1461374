import Edges
import Foundation
import JSON
import Kafka
import Runtime
import TopicCatalogue
import Views

/// Explains the settings in force, then looks at everything this process would need.
struct DoctorCommand {
    private struct Finding {
        let isGood: Bool
        let subject: String
        let message: String
    }

    private let settings: Settings

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
    }

    func run() -> ExitCode {
        showSettings()
        let findings = settingFaults() + [kafka(), access()] + edges()
        for finding in findings { show(finding) }
        return findings.allSatisfy(\.isGood) ? .ok : .failure
    }

    private func showSettings() {
        guard settings.isJSON else {
            Output.text(
                "configuration file: \(settings.file ?? "none (no cachesync.yaml here, and --config not given)")")
            return Output.text(settings.sources.describeText())
        }
        for row in settings.sources.describe() {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("setting", row.key)
            writer.member("value", row.value)
            writer.member("origin", row.origin ?? "not set")
            writer.endObject()
            Output.json(writer.bytes)
        }
    }

    private func settingFaults() -> [Finding] {
        let unreadable = settings.sources.describe().compactMap { row in
            row.fault.map { Finding(isGood: false, subject: row.key, message: $0) }
        }
        guard unreadable.isEmpty else { return unreadable }
        do {
            _ = try settings.workerSettings()
            return []
        } catch {
            return [Finding(isGood: false, subject: "worker", message: "\(error)")]
        }
    }

    private func kafka() -> Finding {
        do {
            guard try settings.hasBrokers else {
                return Finding(
                    isGood: true, subject: "kafka",
                    message: "no brokers are set: `cachesync up` brings its own, in memory")
            }
            let plan = try TopicSetup.check(on: KafkaAdmin(settings.kafka()))
            guard plan.isClean else {
                return Finding(
                    isGood: false, subject: "topics",
                    message: plan.findings.map(\.description).joined(separator: "\n      "))
            }
            return Finding(
                isGood: true, subject: "kafka", message: "the brokers answer and all topics are as they should be")
        } catch {
            return Finding(isGood: false, subject: "kafka", message: "\(error)")
        }
    }

    private func access() -> Finding {
        let hasToken = (try? settings.sources.optional("gateway.token")) != nil
        return Finding(
            isGood: true, subject: "gateway",
            message: hasToken
                ? "asks for a bearer token" : "is open to everyone who reaches it: set gateway.token to ask for one")
    }

    private func edges() -> [Finding] {
        do {
            let edges = try settings.edges()
            let accounts = try settings.accounts()
            guard !edges.isEmpty else {
                return [
                    Finding(
                        isGood: false, subject: "edges",
                        message: "none are configured: list them under `edges` in the configuration file")
                ]
            }
            return edges.map { edge in
                let check = EdgeCheck(edge)
                let limits = edge.limitsText(accounts: accounts)
                return Finding(
                    isGood: check.isGood, subject: "edge \(check.edge)",
                    message: limits.isEmpty ? check.message : "\(check.message); held to \(limits)")
            }
        } catch {
            return [Finding(isGood: false, subject: "edges", message: "\(error)")]
        }
    }

    private func show(_ finding: Finding) {
        guard settings.isJSON else {
            return Output.text("\(finding.isGood ? "ok  " : "FAIL")  \(finding.subject): \(finding.message)")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("check", finding.subject)
        writer.member("ok", finding.isGood)
        writer.member("message", finding.message)
        writer.endObject()
        Output.json(writer.bytes)
    }
}
