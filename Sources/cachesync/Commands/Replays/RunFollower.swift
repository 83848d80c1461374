import Foundation
import JSON
import Replays
import Runtime

/// Starts a run, and follows it until it is over or stands still.
struct RunFollower {
    private static let interval = Duration.seconds(1)

    let control: ControlLog
    let isJSON: Bool

    /// Orders the run; from then on it goes on without this process.
    func startRun(_ order: RunOrder, id: String) throws {
        try control.publish(order, run: id)
        Output.notice("run \(id) is ordered; it goes on without this command: cachesync replay show \(id)")
    }

    func follow(_ id: String) throws -> ExitCode {
        var last = ""
        while true {
            let run = try control.run(id)
            let line = RunText.line(run)
            if line != last {
                last = line
                if isJSON {
                    Output.object { RunText.write(run, to: &$0) }
                } else {
                    Output.text(line)
                }
            }
            switch run.phase {
            case .done: return .ok
            case .incomplete, .failed, .cancelled: return .failure
            case .paused:
                Output.notice("the run stands still; go on with: cachesync replay resume \(id)")
                return .temporary
            case .planning, .planned, .running, .published: Thread.sleep(forTimeInterval: Self.interval / .seconds(1))
            }
        }
    }
}
