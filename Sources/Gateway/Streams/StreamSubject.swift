internal import HTTP
internal import Invalidations
internal import Runtime

/// Subject of a stream: what its client wants to hear of.
enum StreamSubject: Sendable {
    /// Of one namespace, or of all that the client may see.
    case events(Namespace?)
    /// Of one request.
    case request(FollowedRequest)
}

/// Order of a stream: who wants to hear of what, from where on.
struct StreamOrder: Sendable {
    let subject: StreamSubject
    /// Where the client has been, as it says.
    let lastEventID: String?
    let grant: Grant
    /// Whose streams are counted together.
    let owner: String
    /// What the client may see now; nil once its credential is good for nothing.
    let renewGrant: @Sendable () -> Grant?
}

/// A stream that waits to be opened.
struct StreamOpening: Sendable {
    let key: UInt64
    let order: StreamOrder
    let responder: HTTPResponder
    /// Of the answer, beside those of every stream.
    let fields: [(String, String)]
    let orderedAt = MonotonicTime.now()
}
