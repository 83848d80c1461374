import Invalidations
import JSON
import Replays
import Runtime

/// Lists who has ordered what, and when: runs, redrives and discards.
struct AuditCommand {
    private static let listMax = 10_000

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        let since = try arguments.value("since").map { try time($0) }
        let who = arguments.value("who")
        var output = JSONList()
        var table = Table(["ORDERED", "BY", "WHAT", "WANTED", "RUN", "REASON"])
        var count = 0
        for document in try RunClient(settings).list(limit: Self.listMax) {
            let run = try RunReport.decode(document)
            guard let by = run.who, let at = run.orderedAt, who.map(by.contains) ?? true,
                since.map({ $0 <= Timestamp(at) ?? $0 }) ?? true
            else { continue }
            count += 1
            if settings.isJSON {
                output.addObject { writer in
                    writer.member("orderedAt", at)
                    writer.member("who", by)
                    writer.member("kind", run.kind ?? "")
                    writer.member("wanted", run.wanted ?? "")
                    writer.member("run", run.run)
                    writer.member("reason", run.reason ?? "")
                }
            } else {
                table.add([at, by, run.kind ?? "", run.wanted ?? "", run.run, run.reason ?? ""])
            }
        }
        if settings.isJSON { output.show() } else { Output.text(count == 0 ? "no orders" : table.text) }
        return .ok
    }

    private func time(_ text: String) throws -> Timestamp {
        guard case .time(let time) = try? TimeBound(text, now: .now()) else {
            throw CommandError(.usage, "--since: \(text) is no time such as -2h or 2026-11-27T10:00:00Z")
        }
        return time
    }
}
