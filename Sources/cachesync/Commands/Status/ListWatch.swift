import Foundation
import Runtime

/// Shows the list of requests as it changes: anew in its place on a terminal, elsewhere a line for each change.
struct ListWatch {
    let list: RequestList
    let bell: ListBell
    /// Nil for until it is interrupted.
    let timeout: Duration?
    let isJSON: Bool

    /// - Throws: when the first question has no answer; later it is asked again.
    func run() throws -> ExitCode {
        let deadline = timeout.map { MonotonicTime.now() + $0 }
        let isLive = !isJSON && Terminal.isTerminal(1)
        var requests = try list.fetch().requests
        var shown: [String: [UInt8]] = [:]
        var isAway = false
        try bell.startListening()
        defer { bell.stop() }
        if isLive { Output.raw("\u{1B}[2J") }
        while true {
            if isLive { generate(requests) } else { tellChanges(in: requests, since: shown) }
            shown = Dictionary(requests.map { ($0.id, $0.document) }) { first, _ in first }
            let left = deadline.map { $0 - .now() } ?? ListBell.pauseMax
            guard left > .zero else { return .ok }
            bell.waitForNews(atMost: left)
            do {
                requests = try list.fetch().requests
                isAway = false
            } catch let error as CommandError where error.exitCode == .unavailable || error.exitCode == .temporary {
                if !isAway { Output.failure(error) }
                isAway = true
            }
        }
    }

    private func generate(_ requests: [ListedRequest]) {
        let width = Terminal.width(1)
        let lines = requests.isEmpty ? ["no requests"] : requests.map(\.line)
        // Each line replaces what stood in its place; what is left below goes.
        Output.raw("\u{1B}[H" + lines.map { "\($0.prefix(width - 1))\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }

    /// The oldest first, as a log reads.
    private func tellChanges(in requests: [ListedRequest], since shown: [String: [UInt8]]) {
        for request in requests.reversed() where shown[request.id] != request.document {
            if isJSON { Output.json(request.document) } else { Output.text(request.line) }
        }
    }
}
