internal import HTTP
internal import Invalidations

/// The attributes of a CloudEvent in its binary form: header fields beside a body that is the request itself.
///
/// See https://github.com/cloudevents/spec, bindings/http-protocol-binding.md of version 1.0.2.
enum EventFields {
    static func attributes(_ headers: HTTPHeaders) -> EventAttributes? {
        guard headers.first("ce-specversion") != nil else { return nil }
        return EventAttributes(
            id: headers.first("ce-id"), time: headers.first("ce-time"), source: headers.first("ce-source"))
    }
}
