import Foundation
import Invalidations
import JSON
import Kafka
import Replayer
import Replays
import Runtime
import TopicCatalogue

/// Plans, starts, shows and steers runs of replays.
struct ReplayCommand {
    static let run = "RUN"

    private let settings: Settings
    private let arguments: Arguments
    private let options: RunOptions

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
        options = RunOptions(settings, arguments)
    }

    func plan() throws -> ExitCode {
        let (_, plan, ranges) = try planned(wanted: .planned)
        if settings.isJSON { Output.json(RunText.json(plan, ranges)) } else { Output.text(RunText.plan(plan, ranges)) }
        return .ok
    }

    func startRun() throws -> ExitCode {
        let (order, plan, ranges) = try planned(wanted: .running)
        return try options.carryOut(order, plan, ranges)
    }

    func list() throws -> ExitCode {
        let runs = try ControlLog(settings.kafka()).runs().newest
        guard settings.isJSON else {
            var table = Table(["RUN", "KIND", "PHASE", "READ", "PUBLISHED", "ORDERED", "BY", "REASON"])
            for run in runs {
                let counts = run.state?.counts
                table.add([
                    run.id, run.order?.kind.rawValue ?? "", run.phase.rawValue, "\(counts?.read ?? 0)",
                    "\(counts?.published ?? 0)", run.order?.at.time.text ?? "", run.order?.who ?? "",
                    run.state?.reason ?? run.order?.reason ?? "",
                ])
            }
            Output.text(runs.isEmpty ? "no runs" : table.text)
            return .ok
        }
        var output = JSONList()
        for run in runs { output.addObject { RunText.write(run, to: &$0) } }
        output.show()
        return .ok
    }

    func show() throws -> ExitCode {
        let run = try ControlLog(settings.kafka()).run(id())
        if settings.isJSON {
            Output.object { RunText.write(run, to: &$0) }
            return .ok
        }
        Output.text(RunText.line(run))
        if let order = run.order {
            Output.text("\(order.kind.rawValue), ordered by \(order.who) at \(order.at.time.text): \(order.reason)")
        }
        for (partition, position) in (run.state?.position ?? [:]).sorted(by: { $0.key < $1.key }) {
            let end = run.order?.spec.until[partition] ?? 0
            if end > run.order?.spec.from[partition] ?? 0 { Output.text("  \(partition): \(position.next) of \(end)") }
        }
        return .ok
    }

    /// Orders another state of a run.
    func change(to wanted: RunOrder.Wanted) throws -> ExitCode {
        let control = ControlLog(try settings.kafka())
        let run = try control.run(id())
        guard let order = run.order, !(run.state?.phase.isOver ?? false) else {
            throw RunError.cannotChange(from: run.phase.rawValue, to: wanted.rawValue)
        }
        let next = try order.changed(
            to: wanted, rate: try options.rate(), by: RunOptions.who, reason: arguments.value("reason") ?? "",
            at: .now())
        try control.publish(next, run: run.id)
        Output.notice("run \(run.id) is ordered to be \(wanted.rawValue)")
        return .ok
    }

    private func id() throws -> String {
        guard let id = arguments.positional(Self.run), Replay.isRun(id) else {
            throw options.refusal("which run? `cachesync replay list` shows all")
        }
        return id
    }

    private func planned(wanted: RunOrder.Wanted) throws -> (RunOrder, RunPlan, [ResolvedRange]) {
        let planner = try options.planner()
        let from = arguments.value("content-from")
        let ranges = try planner.resolve(topics: TopicName.invalidations, options.bounds(from: from))
        if from != nil, let gone = RunText.missing(ranges).first {
            throw RunError.notReachable(
                "the log does not reach back to \(from ?? "")\n\(gone)\npurge everything in place of a replay: "
                    + "cachesync publish --everything --namespace NAME")
        }
        let order = try options.order(.replay, ranges.map(\.range), wanted: wanted)
        return (order, try planner.plan(order), ranges)
    }
}
