internal import HTTP
internal import Invalidations

/// Gives a stream of namespaces its events: live ones, and missed ones from the ring.
struct StreamDelivery {
    enum Outcome: Equatable {
        /// So many events were handed over.
        case sent(Int)
        /// The client was told that it has missed something.
        case reset
        /// The ring has lost the client's place.
        case lost
    }

    /// Told at the start: how long a client waits before it connects anew, in milliseconds.
    private static let retryLine = Array("retry: 2000\n".utf8)

    let feed: EventFeed

    /// Begins where the client has been, or now.
    func begin(_ subscriber: StreamSubscriber) -> Outcome {
        guard !subscriber.hasMissed else { return reset(subscriber, "the log could not be read for a while") }
        guard let text = subscriber.resumptionID ?? subscriber.order.lastEventID, !text.isEmpty else {
            subscriber.state = .live
            _ = subscriber.stream.offer(Self.retryLine + StreamEvent.idLine(feed.id) + [0x0A])
            return .sent(0)
        }
        subscriber.resumptionID = nil
        guard let positions = feed.positions(of: text) else {
            return reset(subscriber, "Last-Event-ID is of another log, or of none")
        }
        guard positions != feed.positions else {
            subscriber.state = .live
            return .sent(0)
        }
        guard feed.ring.covers(positions) else {
            return reset(subscriber, "Last-Event-ID is older than what is kept")
        }
        subscriber.state = .behind(next: feed.ring.first, positions)
        return resume(subscriber)
    }

    /// Notes where the client is, for the feed that follows this one.
    func keepPosition(_ subscriber: StreamSubscriber) {
        switch subscriber.state {
        case .waiting: return
        case .live: subscriber.resumptionID = feed.id
        case .ahead(let positions): subscriber.resumptionID = feed.layout.text(Self.later(positions, feed.positions))
        case .behind(_, let positions): subscriber.resumptionID = feed.layout.text(positions)
        }
        subscriber.state = .waiting
    }

    /// Tells the client that it has missed something, and goes on from now.
    func reset(_ subscriber: StreamSubscriber, _ reason: String) -> Outcome {
        (subscriber.state, subscriber.hasMissed) = (.live, false)
        let body = StreamEvent.lines(.reset, data: EventDocument.notice(reason))
        guard case .full = subscriber.stream.offer(Self.retryLine + StreamEvent.idLine(feed.id) + body) else {
            return .reset
        }
        subscriber.hasMissed = true
        return .sent(0)
    }

    /// Hands over an event that was read just now.
    ///
    /// - Parameter bytes: the event with the feed's own id.
    func deliver(
        _ entry: EventRing.Entry, _ number: Int, _ bytes: [UInt8], to subscriber: StreamSubscriber
    ) -> Outcome {
        guard !subscriber.hasMissed, subscriber.wants(entry.event) else { return .sent(0) }
        switch subscriber.state {
        case .waiting, .behind: return .sent(0)
        case .live:
            guard case .full = subscriber.stream.offer(bytes) else { return .sent(1) }
            subscriber.state = .behind(next: number, before(entry))
            return .sent(0)
        case .ahead(let positions):
            guard entry.offset >= positions[entry.partition] else { return .sent(0) }
            let own = StreamEvent.idLine(feed.layout.text(Self.later(positions, feed.positions))) + entry.event.body
            guard case .full = subscriber.stream.offer(own) else {
                catchUp(subscriber, positions)
                return .sent(1)
            }
            subscriber.state = .behind(next: number, Self.later(positions, before(entry)))
            return .sent(0)
        }
    }

    /// Hands over what the ring has for the client, as far as its buffer goes.
    func resume(_ subscriber: StreamSubscriber) -> Outcome {
        if subscriber.hasMissed { return reset(subscriber, "events were missed") }
        guard case .behind(var next, var positions) = subscriber.state else { return .sent(0) }
        guard next >= feed.ring.first else { return .lost }
        var count = 0
        while let entry = feed.ring[next] {
            if entry.offset >= positions[entry.partition] {
                var after = positions
                after[entry.partition] = entry.offset + 1
                if subscriber.wants(entry.event) {
                    let bytes = StreamEvent.idLine(feed.layout.text(after)) + entry.event.body
                    guard case .taken = subscriber.stream.offer(bytes) else {
                        subscriber.state = .behind(next: next, positions)
                        return .sent(count)
                    }
                    count += 1
                }
                positions = after
            }
            next += 1
        }
        catchUp(subscriber, positions)
        return .sent(count)
    }

    /// Whether the client stands at positions that the log does not reach: it was made anew since.
    func isBeyondLog(_ subscriber: StreamSubscriber) -> Bool {
        guard case .ahead(let positions) = subscriber.state else { return false }
        return feed.endsBefore(positions)
    }

    /// A sign of life, and the present id: so that a client to whom little happens need not begin anew.
    func beat(_ subscriber: StreamSubscriber) -> HTTPStream.Offer {
        var bytes = Array(":\n".utf8)
        switch subscriber.state {
        case .live where !subscriber.hasMissed: bytes += StreamEvent.idLine(feed.id)
        case .ahead(let positions):
            catchUp(subscriber, positions)
            bytes += StreamEvent.idLine(feed.layout.text(Self.later(positions, feed.positions)))
        case .live, .waiting, .behind: break
        }
        return subscriber.stream.offer(bytes + [0x0A])
    }

    private func catchUp(_ subscriber: StreamSubscriber, _ positions: [Int64]) {
        let later = Self.later(positions, feed.positions)
        subscriber.state = later == feed.positions ? .live : .ahead(later)
    }

    /// The feed's positions before it has read the entry.
    private func before(_ entry: EventRing.Entry) -> [Int64] {
        var positions = feed.positions
        positions[entry.partition] = entry.offset
        return positions
    }

    private static func later(_ a: [Int64], _ b: [Int64]) -> [Int64] { zip(a, b).map { max($0, $1) } }
}
