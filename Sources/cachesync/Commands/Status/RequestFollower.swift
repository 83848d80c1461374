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
    /// Whether a live stream is asked first; where there is none, questions that wait are.
    var usesStream = false

    /// - Parameter isKnown: a gateway has told of the request, so that one which is away is waited for.
    /// - Throws: `CommandError` when the time is over first.
    func follow(_ id: String, isKnown: Bool = false, isQuiet: Bool) throws -> RequestState {
        let deadline = MonotonicTime.now() + timeout
        let display = Display(tellsEach: usesStream, isQuiet: isQuiet)
        defer { display.clear() }
        var stream = usesStream ? EventFollower(client, path: "/status/\(id)/events") : nil
        // The first look is at once, so that there is something to see.
        var wait = 0
        var isKnown = isKnown
        while true {
            let answer: [UInt8]
            do {
                answer = try client.call("GET", "/status/\(id)?wait=\(wait)s", timeout: .seconds(wait + 10))
            } catch let error as CommandError where isKnown && isPassing(error) && MonotonicTime.now() < deadline {
                display.show("\(id): \(error)")
                Thread.sleep(forTimeInterval: Self.pause)
                continue
            }
            isKnown = true
            let state = try RequestState(answer)
            if state.isTerminal { return state }
            display.show(state.line)
            let left = deadline - .now()
            guard left > .zero else {
                throw CommandError(
                    .temporary,
                    "\(id) is still \(state.status) after the time given; "
                        + "`cachesync status \(id) --watch` goes on watching")
            }
            if var following = stream {
                let (end, isServed) = try listen(to: &following, from: state, within: left, display)
                if let end { return end }
                stream = isServed ? following : nil
            } else {
                wait = min(Self.waitPerCall, max(1, Int(left.components.seconds)))
            }
        }
    }

    /// Shows what the stream tells.
    ///
    /// - Returns: the end, if the stream told of it; and whether there is a stream at all.
    private func listen(
        to stream: inout EventFollower, from state: RequestState, within time: Duration, _ display: Display
    ) throws -> (end: RequestState?, isServed: Bool) {
        let reading = Reading(state)
        let cut = try stream.follow(within: time) { event in
            switch event.name {
            case "status": reading.state = try RequestState(event.data)
            case "progress": try reading.state.join(event.data)
            case "end":
                reading.end = try RequestState(event.data)
                return false
            default: return true
            }
            display.show(reading.state.line)
            return true
        }
        if reading.end == nil, cut == .lost { Thread.sleep(forTimeInterval: Self.pause) }
        return (reading.end, cut != .unserved)
    }

    /// What a stream has told so far.
    private final class Reading {
        var state: RequestState
        var end: RequestState?

        init(_ state: RequestState) {
            self.state = state
        }
    }

    /// The line that tells how far it is.
    private final class Display {
        private var line: ProgressLine
        private let isQuiet: Bool

        /// - Parameter tellsEach: what changes is told each time, not now and then.
        init(tellsEach: Bool, isQuiet: Bool) {
            line = ProgressLine(interval: tellsEach && !Terminal.isTerminal(2) ? .zero : nil)
            self.isQuiet = isQuiet
        }

        func show(_ text: String) {
            if !isQuiet { line.update(text) }
        }

        func clear() {
            line.clear()
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
