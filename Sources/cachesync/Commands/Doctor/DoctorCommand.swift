import Edges
import Foundation
import JSON
import Runtime

/// Explains the settings in force, then looks at everything this process would need.
struct DoctorCommand {
    private let settings: Settings

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
    }

    func run() -> ExitCode {
        let checks: [() -> [Finding]] = [
            settingFaults, KafkaCheck(settings: settings).findings, BridgeCheck(settings: settings).findings,
            ViewCheck(settings: settings).findings,
            GatewayCheck(settings: settings).findings, CacheCheck(settings: settings).findings, edges,
        ]
        let isGood = settings.isJSON ? showJSON(checks) : showText(checks)
        return isGood ? .ok : .failure
    }

    /// Each finding as it is found: some take seconds.
    private func showText(_ checks: [() -> [Finding]]) -> Bool {
        Output.text("configuration file: \(settings.file ?? "none (no cachesync.yaml here, and --config not given)")")
        Output.text(settings.sources.describeText())
        var isGood = true
        for check in checks {
            for finding in check() {
                Output.text(finding.line)
                isGood = isGood && finding.verdict != .fail
            }
        }
        return isGood
    }

    private func showJSON(_ checks: [() -> [Finding]]) -> Bool {
        let findings = checks.flatMap { $0() }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("file")
        if let file = settings.file { writer.string(file) } else { writer.null() }
        writer.key("settings")
        writer.beginArray()
        for row in settings.sources.describe() {
            writer.beginObject()
            writer.member("setting", row.key)
            writer.member("value", row.value)
            writer.member("origin", row.origin ?? "not set")
            writer.endObject()
        }
        writer.endArray()
        writer.key("checks")
        writer.beginArray()
        for finding in findings { finding.write(into: &writer) }
        writer.endArray()
        writer.endObject()
        Output.json(writer.bytes)
        return findings.allSatisfy { $0.verdict != .fail }
    }

    private func settingFaults() -> [Finding] {
        let unreadable = settings.sources.describe().compactMap { row in
            row.fault.map { Finding.fail(row.key, $0) }
        }
        guard unreadable.isEmpty else { return unreadable }
        do {
            _ = try settings.workerSettings()
            return []
        } catch {
            return [.fail("worker", "\(error)")]
        }
    }

    private func edges() -> [Finding] {
        do {
            let accounts = try settings.accounts()
            return try settings.someEdges().map { edge in
                let check = EdgeCheck(edge)
                let limits = edge.limitsText(accounts: accounts)
                let message = limits.isEmpty ? check.message : "\(check.message); held to \(limits)"
                let subject = "edge \(check.edge)"
                return check.isGood ? .ok(subject, message) : .fail(subject, message)
            }
        } catch {
            return [.fail("edges", "\(error)")]
        }
    }
}
