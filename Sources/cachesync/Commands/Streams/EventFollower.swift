import HTTP
import Runtime

/// Follows one of the gateway's live streams, from connection to connection.
///
/// Commands that watch ask as they did before where a gateway has no stream for them: it may be full, or stand behind
/// a proxy that keeps answers to itself until they end.
struct EventFollower {
    /// Why a connection has ended.
    enum Cut: Equatable {
        /// The caller has enough.
        case enough
        /// The stream has ended, or its connection was lost.
        case lost
        /// This gateway gives no stream.
        case unserved
    }

    /// A gateway shows a sign of life every 15 seconds.
    private static let silenceMax = Duration.seconds(40)
    /// A day and more: the streams themselves end sooner.
    private static let timeoutMax = Duration.seconds(100_000)

    let client: GatewayClient
    let path: String
    /// Sent again, so that nothing is missed in between.
    private(set) var lastID: String?

    init(_ client: GatewayClient, path: String) {
        (self.client, self.path) = (client, path)
    }

    /// Reads one connection to its end.
    ///
    /// - Parameters:
    ///   - opened: called when the stream has begun.
    ///   - take: gets each event; false ends it.
    ///   - goesOn: asked about once a second; false ends it.
    /// - Throws: what `take` throws.
    mutating func follow(
        within time: Duration = timeoutMax, opened: @escaping () -> Void = {},
        _ take: @escaping (EventLines.Event) throws -> Bool, while goesOn: @escaping () -> Bool = { true }
    ) throws -> Cut {
        let reading = Reading(take, opened)
        let end = MonotonicTime.now() + min(time, Self.timeoutMax)
        var headers = [("Accept", "text/event-stream")]
        if let lastID { headers.append(("Last-Event-ID", lastID)) }
        let request = client.request("GET", path, headers: headers, timeout: end - .now())
        let answer: HTTPClientResponse?
        let isSilent: Bool
        do {
            answer = try HTTPFetch.stream(request, silenceMax: Self.silenceMax, while: goesOn) {
                reading.read($0)
            }
            isSilent = false
        } catch {
            answer = nil
            isSilent = error.kind == .timeout && error.mayHaveBeenSent
        }
        lastID = reading.lines.lastID ?? lastID
        if let error = reading.error { throw error }
        if reading.hasEnough || MonotonicTime.now() >= end || !goesOn() { return .enough }
        let isStream = answer.map { $0.status == 200 && $0.contentType?.hasPrefix("text/event-stream") == true } ?? true
        // A whole silence without an event: what stands between keeps them back.
        return isStream && !reading.isFaulty && !(isSilent && reading.count == 0) ? .lost : .unserved
    }

    /// What one connection has brought.
    private final class Reading {
        private(set) var lines = EventLines()
        private(set) var count = 0
        private(set) var hasEnough = false
        private(set) var isFaulty = false
        private(set) var error: (any Error)?
        private let take: (EventLines.Event) throws -> Bool
        private let opened: () -> Void
        private var isOpened = false

        init(_ take: @escaping (EventLines.Event) throws -> Bool, _ opened: @escaping () -> Void) {
            (self.take, self.opened) = (take, opened)
        }

        /// - Returns: whether it goes on.
        func read(_ piece: [UInt8]) -> Bool {
            if !isOpened { opened() }
            isOpened = true
            guard let events = lines.readPiece(piece) else {
                isFaulty = true
                return false
            }
            do {
                for event in events where !hasEnough {
                    count += 1
                    hasEnough = try !take(event)
                }
            } catch {
                self.error = error
                return false
            }
            return !hasEnough
        }
    }
}
