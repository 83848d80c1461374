import Foundation
import JSON
import Replays
import Runtime

/// Follows a run until it is planned, is over, or stands still.
struct RunFollower {
    private static let pause = 1.0
    /// Seconds for which the gateway holds an answer that is no news.
    private static let wait = 10
    /// How long a gateway that is away is waited for.
    private static let awayMax = Duration.seconds(60)
    /// How long a run may wait for a runner.
    private static let silenceMax = Duration.seconds(60)

    let client: RunClient
    let isJSON: Bool

    /// - Returns: the plan, with the document that it stands in.
    /// - Throws: `CommandError` for a run that could not be planned.
    func waitForPlan(_ id: String) throws -> (report: RunReport, document: [UInt8]) {
        let deadline = MonotonicTime.now() + Self.silenceMax
        while true {
            let (report, document) = try look(id, wait: Self.wait)
            if report.plan != nil, report.phase == .planned { return (report, document) }
            guard !report.phase.isOver else {
                throw CommandError(.failure, "the run \(id) is \(report.phase.rawValue): \(report.why ?? "no reason")")
            }
            guard report.state != nil || MonotonicTime.now() < deadline else {
                try? client.change(id, to: .cancelled, reason: "no runner has planned it in time")
                throw CommandError(
                    .temporary, "no runner has begun to plan the run \(id): is a projector running, and ready?")
            }
            Thread.sleep(forTimeInterval: Self.pause / 10)
        }
    }

    /// - Parameter expected: how many records the run was started with.
    func follow(_ id: String, expected: Int64) throws -> ExitCode {
        var last = ""
        while true {
            let (report, document) = try look(id, wait: 0)
            // The numbers of a plan are of what would be done.
            let hasBegun = report.phase != .planning && report.phase != .planned
            if hasBegun, report.line != last {
                last = report.line
                if isJSON { Output.json(try RunText.summary(document)) } else { Output.text(last) }
            }
            switch report.phase {
            case .done: return .ok
            case .failed:
                guard let found = report.state?.countFound else { return .failure }
                throw RunError.countDiffers(expected: Int(clamping: expected), found: Int(clamping: found))
            case .incomplete, .cancelled: return .failure
            case .paused:
                Output.notice("the run stands still; go on with: cachesync replay resume \(id)")
                return .temporary
            case .planning, .planned, .running, .published: Thread.sleep(forTimeInterval: Self.pause)
            }
        }
    }

    /// A gateway that is away for a moment is asked once more: the run goes on without it.
    private func look(_ id: String, wait: Int) throws -> (RunReport, [UInt8]) {
        let deadline = MonotonicTime.now() + Self.awayMax
        while true {
            do {
                let document = try client.document(id, wait: wait)
                return (try RunReport.decode(document), document)
            } catch let error as CommandError {
                let isPassing = error.exitCode == .unavailable || error.exitCode == .temporary
                guard isPassing, MonotonicTime.now() < deadline else { throw error }
                Thread.sleep(forTimeInterval: Self.pause)
            }
        }
    }
}
