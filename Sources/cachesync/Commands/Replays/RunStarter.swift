import Foundation
import Invalidations
import Replays
import Runtime

/// Plans a run, shows the plan, asks, and starts the run.
struct RunStarter {
    private let settings: Settings
    private let arguments: Arguments
    private let options: RunOptions
    private let client: RunClient
    private let follower: RunFollower

    init(_ settings: Settings, _ arguments: Arguments) throws {
        self.settings = settings
        self.arguments = arguments
        options = RunOptions(settings, arguments)
        client = try RunClient(settings)
        follower = RunFollower(client: client, isJSON: settings.isJSON)
    }

    /// Shows what a run would do, and leaves it planned.
    func plan(_ kind: RunOrder.Kind) throws -> ExitCode {
        let (report, document) = try planned(kind)
        if settings.isJSON {
            Output.json(try RunText.json(report, document))
        } else {
            show(report)
        }
        Output.notice("the run is planned; start it with: cachesync replay resume \(report.run)")
        return .ok
    }

    /// - Parameter expected: how many the caller has seen; another number is refused.
    func carryOut(_ kind: RunOrder.Kind, expected: Int? = nil) throws -> ExitCode {
        try options.requireAnswer()
        let (report, _) = try planned(kind)
        if !settings.isJSON { show(report) }
        let found = report.plan?.counts.published ?? 0
        if let expected, Int64(expected) != found {
            cancel(report.run, "another number matches")
            throw RunError.countDiffers(expected: expected, found: Int(clamping: found))
        }
        let verb = kind.rawValue
        guard found > 0 else {
            cancel(report.run, "there is nothing to \(verb)")
            Output.notice("there is nothing to \(verb)")
            return .ok
        }
        let things = kind == .replay ? "requests" : "dead letters"
        guard options.confirm("\(verb.capitalized) \(found) \(things) \(options.words)?") else {
            cancel(report.run, "not confirmed")
            return .failure
        }
        try client.change(report.run, to: .running, expect: found, reason: options.reason)
        Output.notice(
            "run \(report.run) is ordered; it goes on without this command: cachesync replay show \(report.run)")
        return arguments.has("detach") ? .ok : try follower.follow(report.run, expected: found)
    }

    private func planned(_ kind: RunOrder.Kind) throws -> (report: RunReport, document: [UInt8]) {
        let request = try options.request(kind)
        let ordered = try client.order(kind, request, id: RequestID(at: .now()).text)
        return try follower.waitForPlan(ordered.run)
    }

    private func show(_ report: RunReport) {
        guard let plan = report.plan else { return }
        Output.text(RunText.plan(plan, gone: report.order?.spec.gone ?? []))
    }

    /// A plan that is left is no harm: it does nothing.
    private func cancel(_ id: String, _ reason: String) {
        do {
            try client.change(id, to: .cancelled, reason: reason)
        } catch {
            Output.notice("the plan \(id) is left: \(error)")
        }
    }
}
