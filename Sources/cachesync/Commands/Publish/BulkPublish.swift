import Foundation
import HTTP
import Runtime
import Synchronization

/// Publishes a request for each line of the input, and counts the outcomes.
struct BulkPublish {
    static let inFlightMax = 256
    /// How long a line is tried again that the gateway does not take at the moment.
    private static let patience = Duration.seconds(60)
    private static let pauses = Duration.milliseconds(100)...Duration.seconds(10)

    var inFlight = 16
    /// How long each request may take to end; nil does not wait for that.
    var wait: Duration?
    private let settings: Settings
    private let terminal: Terminal
    /// Makes the keys by which the gateway knows a line that comes again.
    private let keyBase = UUID().uuidString.lowercased()

    init(_ settings: Settings, input: consuming LineReader) throws {
        self.settings = settings
        terminal = Terminal(input, isJSON: settings.isJSON)
    }

    /// - Throws: what ended it before the input did.
    func run() throws -> ExitCode {
        // Before anything is read: what is wrong with the settings is said once.
        _ = try GatewayClient(settings)
        if terminal.isTerminal { Output.notice("one request a line, as JSON; end with Ctrl-D") }
        let interrupt = endOnInterrupt()
        defer { interrupt.cancel() }
        let group = DispatchGroup()
        let (terminal, settings, wait, keyBase) = (terminal, settings, wait, keyBase)
        for _ in 0..<inFlight {
            group.enter()
            do {
                try NamedThread.startThread("publish") {
                    defer { group.leave() }
                    do {
                        let client = try GatewayClient(settings, connection: KeptConnection())
                        try Lane(terminal: terminal, client: client, keyBase: keyBase, wait: wait).work()
                    } catch {
                        terminal.end(with: error)
                    }
                }
            } catch {
                group.leave()
                terminal.end(with: error)
            }
        }
        group.wait()
        return try terminal.finish()
    }

    /// A user who breaks it off is told how far it has come. Threads that wait for input could not be told to end.
    private func endOnInterrupt() -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [terminal] in
            terminal.conclude()
            Output.notice("cachesync: interrupted; what was on its way may be published or not")
            _exit(128 + SIGINT)
        }
        source.resume()
        return source
    }

    /// One thread's work: line after line.
    private struct Lane {
        let terminal: Terminal
        let client: GatewayClient
        let keyBase: String
        let wait: Duration?

        func work() throws {
            while let (number, line) = try terminal.next() {
                switch line {
                case .tooLong: terminal.addOutcome(.refused("longer than a request may be"), line: number)
                case .text(let body): terminal.addOutcome(try outcome(of: body, number), line: number)
                }
            }
        }

        /// - Throws: what all other lines would meet, too.
        private func outcome(of body: [UInt8], _ number: Int) throws -> BulkTally.Outcome {
            let deadline = MonotonicTime.now() + BulkPublish.patience
            let headers = [("Idempotency-Key", "\(keyBase)-\(number)")]
            var pause = Duration.milliseconds(200)
            while true {
                let error: CommandError
                var advised: Duration?
                switch client.ask("POST", "/invalidate", body: body, headers: headers, timeout: .seconds(60)) {
                case .response(let response) where (200..<300).contains(response.status):
                    terminal.hasAnswered()
                    return try ended(RequestState(response.body))
                case .response(let response):
                    error = client.refusal(response)
                    if error.exitCode == .dataError { return .refused(error.description) }
                    guard error.exitCode == .temporary else { throw error }
                    advised = response.retryAfter
                case .failure(let failure):
                    error = client.unreachable(failure)
                    // Nobody was there from the first: it is the wrong address, or nothing runs.
                    guard terminal.answers else { throw error }
                }
                if terminal.isEnded { return .unpublished(error.description) }
                guard MonotonicTime.now() < deadline else {
                    // It would be no better for the lines behind this one.
                    terminal.addOutcome(.unpublished(error.description), line: number)
                    throw error
                }
                rest(advised ?? pause)
                pause = min(pause * 2, .seconds(5))
            }
        }

        private func rest(_ pause: Duration) {
            let bounded = min(max(pause, BulkPublish.pauses.lowerBound), BulkPublish.pauses.upperBound)
            Thread.sleep(forTimeInterval: bounded / .seconds(1))
        }

        private func ended(_ accepted: RequestState) throws -> BulkTally.Outcome {
            guard let wait else { return .accepted(accepted) }
            do {
                return .ended(
                    try RequestFollower(client: client, timeout: wait).follow(accepted.id, isKnown: true, isQuiet: true)
                )
            } catch let error as CommandError {
                return .unfinished(error.description, id: accepted.id)
            }
        }
    }

    /// What all threads share.
    private final class Terminal: Sendable {
        private struct Course {
            var error: (any Error)?
            var answers = false
        }

        // A lock of its own: a thread that waits for a slow input must not hold up the others' results.
        private let input: Mutex<LineReader>
        private let course = Mutex(Course())
        private let tally: Mutex<BulkTally>
        let isTerminal: Bool

        init(_ input: consuming LineReader, isJSON: Bool) {
            isTerminal = input.isTerminal
            self.input = Mutex(input)
            tally = Mutex(BulkTally(isJSON: isJSON))
        }

        /// The gateway has taken something.
        var answers: Bool { course.withLock { $0.answers } }
        var isEnded: Bool { course.withLock { $0.error != nil } }

        func hasAnswered() {
            course.withLock { $0.answers = true }
        }

        /// Waits for the input where it is slow; those who wait behind have nothing to do either.
        func next() throws -> (number: Int, line: LineReader.Line)? {
            try input.withLock { input in
                guard !isEnded, let line = try input.next() else { return nil }
                return (input.number, line)
            }
        }

        func addOutcome(_ outcome: BulkTally.Outcome, line: Int) {
            tally.withLock { $0.addOutcome(outcome, line: line) }
        }

        /// No further line is begun. The first reason counts.
        func end(with error: any Error) {
            course.withLock { course in
                if course.error == nil { course.error = error }
            }
        }

        /// Shows the counts up to now.
        func conclude() {
            tally.withLock { $0.finish() }
        }

        /// - Throws: what ended it before the input did.
        func finish() throws -> ExitCode {
            let error = course.withLock { $0.error }
            let code = tally.withLock { tally in
                if tally.lines > 0 || error == nil { tally.finish() }
                return tally.exitCode
            }
            if let error { throw error }
            return code
        }
    }
}
