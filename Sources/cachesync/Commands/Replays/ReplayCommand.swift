import Invalidations
import JSON
import Replays
import Runtime

/// Plans, starts, shows and steers runs of replays.
struct ReplayCommand {
    static let run = "RUN"
    private static let listMax = 10_000

    private let settings: Settings
    private let arguments: Arguments
    private let options: RunOptions

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
        options = RunOptions(settings, arguments)
    }

    func plan() throws -> ExitCode { try RunStarter(settings, arguments).plan(.replay) }

    func startRun() throws -> ExitCode { try RunStarter(settings, arguments).carryOut(.replay) }

    func list() throws -> ExitCode {
        let runs = try RunClient(settings).list(limit: Self.listMax)
        guard settings.isJSON else {
            var table = Table(["RUN", "KIND", "PHASE", "READ", "PUBLISHED", "ORDERED", "BY", "REASON"])
            let reports = try runs.map(RunReport.decode)
            for run in reports {
                table.add([
                    run.run, run.kind ?? "", run.phase.rawValue, "\(run.read ?? 0)", "\(run.published ?? 0)",
                    run.orderedAt ?? "", run.who ?? "", run.why ?? run.reason ?? "",
                ])
            }
            Output.text(runs.isEmpty ? "no runs" : table.text)
            if reports.contains(where: { $0.phase == .planned }) {
                Output.notice("what is planned waits: `replay resume RUN` runs it, `replay cancel RUN` drops it")
            }
            return .ok
        }
        var output = JSONList()
        for run in runs { output.add { $0.raw(run) } }
        output.show()
        return .ok
    }

    func show() throws -> ExitCode {
        let document = try RunClient(settings).document(id())
        if settings.isJSON {
            Output.json(document)
            return .ok
        }
        let run = try RunReport.decode(document)
        Output.text(run.line)
        if let order = run.order {
            Output.text("\(order.kind.rawValue), ordered by \(order.who) at \(order.at.time.text): \(order.reason)")
        }
        if let plan = run.plan { Output.text(RunText.plan(plan, gone: run.order?.spec.gone ?? [])) }
        for edge in run.edges ?? [] { Output.text("  \(edge.line)") }
        for (partition, position) in (run.state?.position ?? [:]).sorted(by: { $0.key < $1.key }) {
            let end = run.order?.spec.until[partition] ?? 0
            if end > run.order?.spec.from[partition] ?? 0 { Output.text("  \(partition): \(position.next) of \(end)") }
        }
        return .ok
    }

    /// Orders another state of a run.
    func change(to wanted: RunOrder.Wanted) throws -> ExitCode {
        let id = try id()
        try RunClient(settings).change(id, to: wanted, rate: try options.rate(), reason: options.reason)
        Output.notice("run \(id) is ordered to be \(wanted.rawValue)")
        return .ok
    }

    private func id() throws -> String {
        guard let id = arguments.positional(Self.run), Replay.isRun(id) else {
            throw options.refusal("which run? `cachesync replay list` shows all")
        }
        return id
    }
}
