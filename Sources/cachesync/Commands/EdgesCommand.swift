import Edges
import Foundation
import Invalidations
import JSON
import Runtime

struct EdgesCommand {
    private let settings: Settings

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
    }

    func list() throws -> ExitCode {
        let edges = try settings.edges()
        let accounts = try settings.accounts()
        var table = Table(["EDGE", "ADAPTER", "ADDRESS", "NAMESPACES", "PURGES", "OTHERWISE", "LIMITS"])
        for edge in edges {
            let profile = edge.profile
            let namespaces = profile.namespaces.map(\.description).joined(separator: ",")
            let limits = edge.limitsText(accounts: accounts)
            guard settings.isJSON else {
                table.add([
                    edge.name, edge.adapterName, edge.address.text, namespaces, profile.takes.names,
                    profile.unsupported.rawValue, limits.isEmpty ? "none" : limits,
                ])
                continue
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("edge", edge.name)
            writer.member("adapter", edge.adapterName)
            writer.member("address", edge.address.text)
            writer.member("namespaces", namespaces)
            writer.member("purges", profile.takes.names)
            writer.member("unsupported", profile.unsupported.rawValue)
            writer.member("limits", limits)
            writer.endObject()
            Output.json(writer.bytes)
        }
        if !settings.isJSON { Output.text(edges.isEmpty ? "no edges are configured" : table.text) }
        return .ok
    }

    func check() throws -> ExitCode {
        let checks = try settings.edges().map(EdgeCheck.init)
        for check in checks {
            guard settings.isJSON else {
                Output.text("\(check.isGood ? "ok  " : "FAIL")  \(check.edge): \(check.message)")
                continue
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("edge", check.edge)
            writer.member("ok", check.isGood)
            writer.member("message", check.message)
            writer.endObject()
            Output.json(writer.bytes)
        }
        return checks.allSatisfy(\.isGood) ? .ok : .failure
    }
}

/// One edge's verdict in words.
struct EdgeCheck {
    let edge: String
    let isGood: Bool
    let message: String

    init(_ edge: EdgeConfiguration) {
        let verdict = EdgeChecker.check(edge, token: String(UInt32.random(in: 0...UInt32.max), radix: 16))
        self.edge = edge.name
        isGood = verdict.isUsable
        message = verdict.findings.map { finding in
            guard let failure = finding.failure else {
                return
                    "\(finding.method) \(verdict.address) purges \(finding.kinds.names) (\(Self.milliseconds(finding.duration)))"
            }
            return "\(finding.method) \(verdict.address): \(failure.message)"
        }.joined(separator: "; ")
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }
}
