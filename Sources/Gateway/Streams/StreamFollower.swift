internal import HTTP
internal import Invalidations
internal import JSON

/// Tells a stream how far its request is, from the present status to the end.
struct StreamFollower {
    /// The id of the last event: who sends it back has seen the end.
    static let endID = "end"
    /// A stream begins anew from the view now and then, whatever its log has told.
    static let lifetime = Duration.seconds(300)

    let links: StatusLinks
    let targets: TargetEdges

    /// Sends the present status.
    ///
    /// - Returns: how many events were handed over.
    func begin(_ subscriber: StreamSubscriber, _ statuses: RecentStatuses) -> Int {
        guard var followed = subscriber.followed else { return 0 }
        let record = statuses.record(of: followed.id, in: followed.namespace)
        if let record, subscriber.grant.admits(record.namespace) { _ = followed.join(record) }
        subscriber.followed = followed
        subscriber.state = .live
        return tellStatus(subscriber)
    }

    /// Hands over what the log says of the request.
    ///
    /// - Returns: how many events were handed over.
    func follow(_ subscriber: StreamSubscriber, _ news: StatusRecord, at time: Timestamp) -> Int {
        guard case .live = subscriber.state, var followed = subscriber.followed, followed.isMeant(news.identity),
            subscriber.grant.admits(news.namespace)
        else { return 0 }
        let isFirst = followed.record == nil
        guard let edges = followed.join(news), let record = followed.record else { return 0 }
        subscriber.followed = followed
        guard !isFirst, !subscriber.hasMissed else { return tellStatus(subscriber) }
        let data = EventDocument.progress(record, edges: edges, isWhole: followed.isWhole, at: time)
        guard case .taken = subscriber.stream.offer(StreamEvent.lines(.progress, data: data)) else {
            subscriber.hasMissed = true
            return 0
        }
        return 1 + endIfOver(subscriber)
    }

    /// Sends the whole status, in place of what a slow client has missed, too.
    func tellStatus(_ subscriber: StreamSubscriber) -> Int {
        guard let followed = subscriber.followed else { return 0 }
        let bytes = StreamEvent.lines(.status, data: document(followed))
        guard case .taken = subscriber.stream.offer(bytes) else {
            subscriber.hasMissed = true
            return 0
        }
        subscriber.hasMissed = false
        return 1 + endIfOver(subscriber)
    }

    private func endIfOver(_ subscriber: StreamSubscriber) -> Int {
        guard let followed = subscriber.followed, followed.hasEnded else { return 0 }
        let bytes = StreamEvent.idLine(Self.endID) + StreamEvent.lines(.end, data: document(followed))
        guard case .taken = subscriber.stream.offer(bytes) else {
            subscriber.hasMissed = true
            return 0
        }
        subscriber.finish()
        return 1
    }

    private func document(_ followed: FollowedRequest) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        if let record = followed.record {
            StatusDocument.write(
                targets.complete(record), .edges(asOf: followed.asOf, alsoIn: []), links: links, into: &writer)
        } else {
            StatusDocument.write(announced: followed.id, asOf: followed.asOf, links: links, into: &writer)
        }
        return writer.bytes
    }
}
