import JSON
import Runtime

/// What has become of the lines of a bulk, told while it goes on.
struct BulkTally: ~Copyable {
    /// What became of one line.
    enum Outcome {
        case accepted(RequestState)
        /// Waited for, too.
        case ended(RequestState)
        /// The gateway will not have it, or it is no request.
        case refused(String)
        /// Neither taken nor refused in time.
        case unpublished(String)
        /// Accepted, and not ended in time.
        case unfinished(String, id: String)
    }

    /// Further reasons are only counted.
    private static let reasonsMax = 20

    /// What is done by then needs no progress.
    private static let silence = Duration.seconds(1)

    private(set) var lines = 0
    private var accepted = 0
    private var failed = 0
    private var refused = 0
    private var unpublished = 0
    private var unfinished = 0
    private var reasons = 0
    private var progress = ProgressLine()
    private let isJSON: Bool
    private let start = ContinuousClock.now

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    mutating func addOutcome(_ outcome: Outcome, line: Int) {
        lines += 1
        switch outcome {
        case .accepted(let state):
            accepted += 1
            tell(line, state)
        case .ended(let state):
            accepted += 1
            if state.status == "failed" {
                failed += 1
                tell(line, state, reason: state.errors.first ?? "failed")
            } else {
                tell(line, state)
            }
        case .refused(let reason):
            refused += 1
            tell(line, reason: reason)
        case .unpublished(let reason):
            unpublished += 1
            tell(line, reason: reason)
        case .unfinished(let reason, let id):
            accepted += 1
            unfinished += 1
            tell(line, reason: "\(id): \(reason)")
        }
        guard ContinuousClock.now - start > Self.silence else { return }
        let counts = counts
        progress.update(counts)
    }

    /// Shows the counts.
    mutating func finish() {
        progress.clear()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = seconds > 0.01 ? ", \(Int(Double(lines) / seconds)) a second" : ""
        let summary = "\(lines) \(lines == 1 ? "request" : "requests"): \(counts)\(rate)"
        guard isJSON else { return Output.text(summary) }
        Output.notice("cachesync: \(summary)")
    }

    /// The worst of what happened: what was left undone, then what the input had wrong, then what edges refused.
    var exitCode: ExitCode {
        if unpublished > 0 || unfinished > 0 { return .temporary }
        if refused > 0 { return .dataError }
        return failed > 0 ? .failure : .ok
    }

    private var counts: String {
        let parts = [
            (refused, "refused"), (failed, "failed"), (unpublished, "not published"), (unfinished, "not ended in time"),
        ]
        return (["\(accepted) accepted"] + parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }).joined(separator: ", ")
    }

    private mutating func tell(_ line: Int, _ state: RequestState? = nil, reason: String? = nil) {
        if isJSON {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("line", Int64(line))
            writer.member("ok", reason == nil)
            if let state {
                writer.member("id", state.id)
                writer.member("status", state.status)
            }
            if let reason { writer.member("error", reason) }
            writer.endObject()
            return Output.json(writer.bytes)
        }
        guard let reason else { return }
        reasons += 1
        guard reasons <= Self.reasonsMax else { return }
        progress.clear()
        Output.notice("line \(line): \(state.map { "\($0.id): " } ?? "")\(reason)")
        if reasons == Self.reasonsMax { Output.notice("what else goes wrong is only counted") }
    }
}
