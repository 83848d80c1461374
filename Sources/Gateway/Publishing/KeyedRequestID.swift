internal import Crypto
internal import Invalidations

/// Id of a request with an idempotency key: any gateway makes the same of the same key and body.
///
/// So a request that two gateways take at the same moment is one, and has one status.
enum KeyedRequestID {
    /// - Parameter lifetime: how long keys hold, in milliseconds: after that it is another id.
    static func make(
        _ key: KeyOnRecord, in namespace: Namespace, at time: Timestamp, lifetime: Int64
    ) -> RequestID {
        let period = time.milliseconds / max(1, lifetime)
        let text = "\(namespace.name)\n\(period)\n\(key.digest)\n\(key.text)"
        return RequestID(digest: SHA256Digest.of(Array(text.utf8)))
    }
}
