import Foundation
import Runtime

/// Follows one request to its end: a line that changes on a terminal, lines in a pipe.
struct RequestFollower {
    /// One question to the gateway; short enough that a lost connection is noticed.
    private static let waitPerCall = 10

    /// In seconds, before a gateway that is away is asked again.
    private static let pause = 0.5

    let client: GatewayClient
    let timeout: Duration

    /// - Parameter isKnown: a gateway has told of the request, so that one which is away is waited for.
    /// - Throws: `CommandError` when the time is over first.
    func follow(_ id: String, isKnown: Bool = false, isQuiet: Bool) throws -> RequestState {
        let deadline = MonotonicTime.now() + timeout
        var progress = ProgressLine()
        defer { progress.clear() }
        // The first look is at once, so that there is something to see.
        var wait = 0
        var isKnown = isKnown
        while true {
            let answer: [UInt8]
            do {
                answer = try client.call("GET", "/status/\(id)?wait=\(wait)s", timeout: .seconds(wait + 10))
            } catch let error as CommandError where isKnown && isPassing(error) && MonotonicTime.now() < deadline {
                if !isQuiet { progress.update("\(id): \(error)") }
                Thread.sleep(forTimeInterval: Self.pause)
                continue
            }
            isKnown = true
            let state = try RequestState(answer)
            if state.isTerminal { return state }
            if !isQuiet { progress.update(state.line) }
            let left = deadline - .now()
            guard left > .zero else {
                throw CommandError(
                    .temporary,
                    "\(id) is still \(state.status) after the time given; "
                        + "`cachesync status \(id) --watch` goes on watching")
            }
            wait = min(Self.waitPerCall, max(1, Int(left.components.seconds)))
        }
    }

    private func isPassing(_ error: CommandError) -> Bool {
        error.exitCode == .unavailable || error.exitCode == .temporary
    }

    /// The exit code a request's end stands for.
    static func exitCode(_ state: RequestState) -> ExitCode { state.status == "failed" ? .failure : .ok }

    static let defaultTimeout = Duration.seconds(300)

    /// What --timeout says; nil where it is not given.
    static func timeout(_ arguments: Arguments) throws -> Duration? {
        guard let text = arguments.value("timeout") else { return nil }
        return try ConfigurationValue(key: "timeout", text: text, origin: .flag("timeout")).duration(
            in: .seconds(1)...(.seconds(86_400)))
    }
}
