internal import Foundation
internal import JSON

/// What a CloudEvent (version 1.0) says around the request that it carries: taken where the request does not say it.
///
/// A class, because nearly every request comes without: then one null is handed through the decoder.
public final class EventAttributes: Sendable {
    /// Counts as the request's id if it is a UUID.
    public let id: String?
    /// Counts as `requestedAt` if it is plausible.
    public let time: String?
    /// Counts as the request's source if it fits.
    public let source: String?

    public init(id: String? = nil, time: String? = nil, source: String? = nil) {
        self.id = id
        self.time = time
        self.source = source
    }

    var requestID: RequestID? { id.flatMap { RequestID($0) } }
}

/// A CloudEvent in its structured form: one JSON object, with the request's members in `data`.
///
/// See https://github.com/cloudevents/spec, formats/json-format.md of version 1.0.2.
struct CloudEvent {
    enum Content {
        case object(JSONValue)
        /// JSON of its own.
        case bytes([UInt8])
    }

    let attributes: EventAttributes
    let content: Content

    /// - Returns: nil for an object that is no CloudEvent.
    /// - Throws: what is wrong with one.
    init?(_ root: JSONValue) throws(InvalidationError) {
        guard let version = root["specversion"]?.string else { return nil }
        let (data, encoded) = (root["data"], root["data_base64"])
        guard data != nil || encoded != nil else { return nil }
        attributes = EventAttributes(
            id: root["id"]?.string, time: root["time"]?.string, source: root["source"]?.string)
        guard version == "1.0" else {
            throw InvalidationError(
                .invalidField("specversion"), "specversion must be \"1.0\", the CloudEvents that are read here")
        }
        if let encoded, data?.isNull ?? true {
            guard let bytes = encoded.string.flatMap({ Data(base64Encoded: $0) }) else {
                throw InvalidationError(
                    .invalidField("data_base64"), "data_base64 must be the Base64 of a request's JSON object")
            }
            content = .bytes(Array(bytes))
        } else {
            guard let data, data.kind == .object else {
                throw InvalidationError(
                    .invalidField("data"),
                    "data must be an object with the members of a request (namespace, tags, urls …), "
                        + "not \(data?.kind.name ?? "null")")
            }
            content = .object(data)
        }
    }
}
