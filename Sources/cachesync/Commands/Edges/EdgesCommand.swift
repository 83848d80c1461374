import Basics
import Edges
import Foundation
import Invalidations
import JSON
import Runtime

/// Lists the configured edges, or asks them to purge something that nobody has cached.
struct EdgesCommand {
    static let name = "NAME"

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func list() throws -> ExitCode {
        let edges = try settings.edges()
        let accounts = try settings.accounts()
        var table = Table(["EDGE", "ADAPTER", "ADDRESS", "NAMESPACES", "PURGES", "OTHERWISE", "LIMITS", "PIPELINED"])
        var output = JSONList()
        for edge in edges {
            let profile = edge.profile
            let namespaces = profile.namespaces.map(\.description).joined(separator: ",")
            let limits = edge.limitsText(accounts: accounts)
            table.add([
                edge.name, edge.adapterName, edge.address.text, namespaces, profile.accepts.names,
                profile.unsupported.rawValue, limits.isEmpty ? "none" : limits,
                edge.isPipelined ? edge.adapter.capabilities.pipelinedKinds.names : "no",
            ])
            output.addObject { writer in
                writer.member("edge", edge.name)
                writer.member("adapter", edge.adapterName)
                writer.member("address", edge.address.text)
                writer.member("namespaces", namespaces)
                writer.member("purges", profile.accepts.names)
                writer.member("unsupported", profile.unsupported.rawValue)
                writer.member("limits", limits)
                writer.member("pipelined", edge.isPipelined)
            }
        }
        if settings.isJSON {
            output.show()
        } else {
            Output.text(edges.isEmpty ? "no edges are configured" : table.text)
        }
        return .ok
    }

    func check() throws -> ExitCode {
        var output = JSONList()
        var isGood = true
        for edge in try chosen() {
            let check = EdgeCheck(edge)
            isGood = isGood && check.isGood
            guard settings.isJSON else {
                Output.text("\(check.isGood ? "ok  " : "FAIL")  \(check.edge): \(check.message)")
                continue
            }
            output.addObject { writer in
                writer.member("edge", check.edge)
                writer.member("ok", check.isGood)
                writer.member("message", check.message)
            }
        }
        if settings.isJSON { output.show() }
        return isGood ? .ok : .failure
    }

    /// Those that are named, or all; there is one at least.
    private func chosen() throws -> [EdgeConfiguration] {
        let edges = try settings.someEdges()
        let names = arguments.positionals(Self.name)
        guard !names.isEmpty else { return edges }
        return try names.map { name in
            if let edge = edges.first(where: { $0.name == name }) { return edge }
            let known = edges.map(\.name)
            let hint =
                NearestName.find(name, in: known).map { "did you mean \($0)?" }
                ?? "there are " + known.prefix(20).joined(separator: ", ") + (known.count > 20 ? " and others" : "")
            throw CommandError(
                .notFound, "no edge is named \(name) in \(settings.file ?? "the configuration"); \(hint)")
        }
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
                let duration = "\(finding.duration.milliseconds) ms"
                return "\(finding.method) \(verdict.address) purges \(finding.kinds.names) (\(duration))"
            }
            return "\(finding.method) \(verdict.address): \(failure.message)"
        }.joined(separator: "; ")
    }
}
