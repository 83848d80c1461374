internal import HTTP
internal import Invalidations
internal import Runtime

/// One open stream, as the thread of the streams knows it.
final class StreamSubscriber {
    /// Where in the log its client is.
    enum State {
        /// Nothing was sent yet: the feed is not ready.
        case waiting
        /// The client has all that was read.
        case live
        /// The client has been at another gateway that has read more: what lies below is not sent again.
        case ahead([Int64])
        /// The client reads from the ring: the number of its next entry, and its own positions.
        case behind(next: Int, [Int64])
    }

    /// Nothing was taken for so many beats: the client is gone, or as good as gone.
    private static let stallsMax = 4
    /// How long a client that is let go may take for what is on its way.
    static let farewell = Duration.seconds(10)

    let key: UInt64
    let stream: HTTPStream
    let order: StreamOrder
    let openedAt = MonotonicTime.now()
    var grant: Grant
    var state = State.waiting
    /// Where the client was when the feed was made anew without a loss; nil for where it says.
    var resumptionID: String?
    /// The feed was made anew since the client was told something.
    var hasMissed = false
    /// Nil for streams of namespaces.
    var followed: FollowedRequest?
    private var stalls = 0

    init(_ key: UInt64, _ stream: HTTPStream, _ order: StreamOrder) {
        (self.key, self.stream, self.order) = (key, stream, order)
        grant = order.grant
        if case .request(let followed) = order.subject { self.followed = followed }
    }

    /// Whether an event is for this client.
    func wants(_ event: StreamEvent) -> Bool {
        guard case .events(let namespace) = order.subject else { return false }
        if let namespace, namespace != event.identity.namespace { return false }
        return grant.admits(event.identity.namespace)
    }

    /// Whether what the client wants to hear of is still granted.
    func isGranted(by grant: Grant) -> Bool {
        switch order.subject {
        case .events(let namespace): namespace.map { grant.admits($0) } ?? true
        case .request: followed?.namespace.map { grant.admits($0) } ?? true
        }
    }

    /// - Returns: whether the client takes nothing any more.
    func isStalled(afterBeat offer: HTTPStream.Offer) -> Bool {
        if case .full = offer { stalls += 1 } else { stalls = 0 }
        return stalls >= Self.stallsMax
    }

    /// Ends the stream after what is on its way.
    func finish() { stream.finish(within: Self.farewell) }
}
