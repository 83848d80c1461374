internal import Gateway
internal import Invalidations
internal import JSON

/// Makes requests of what calls of the cache publish.
///
/// The rules are those that the gateway has for its bodies.
final class OwnRequestForm: Sendable {
    private let decoders: SharedSlots<InvalidationDecoder>

    /// - Parameter threads: that make requests at the same time.
    init(threads: Int) {
        decoders = SharedSlots(count: threads) { InvalidationDecoder() }
    }

    /// - Parameter identity: of the call; the same one makes a request of the same id on the same day.
    func request(
        _ body: SelectorsBody, in namespace: Namespace, _ identity: WriteIdentity?
    ) throws(CallRefusal) -> Invalidation {
        let now = Timestamp.now()
        let id = identity?.requestID(at: now) ?? RequestID(at: now)
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("namespace", namespace.name)
        InvalidationEncoder.encode(body.selectors, into: &writer)
        writer.member("mode", (body.isSoft ? PurgeMode.soft : .hard).rawValue)
        writer.member("source", "cache")
        writer.endObject()
        do {
            return try decoders.use { [bytes = writer.bytes] in
                try $0.decode(body: bytes, newID: id, time: now).invalidation
            }
        } catch {
            throw CallRefusal(400, "\(error)")
        }
    }
}

extension JSONWriter {
    /// As an answer names the request that its call has published.
    mutating func member(published id: RequestID) {
        key("invalidation")
        beginObject()
        member("id", id.text)
        endObject()
    }
}
