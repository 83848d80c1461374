/// Decoder of what a record asks for, the same for all who read it.
///
/// Not `Sendable`: each thread that decodes owns one.
public final class RecordContentDecoder {
    private let decoder = InvalidationDecoder()

    public init() {}

    /// - Parameters:
    ///   - value: nil for Kafka's null, which asks for nothing.
    ///   - time: when the request was made, where the value does not say it, or says what cannot be.
    ///   - arrival: what `requestedAt` is judged by; nil does not judge it.
    public func decode(
        _ value: UnsafeRawBufferPointer?, headers: [RecordHeader], time: Timestamp, arrival: Timestamp?
    ) throws(InvalidationError) -> Invalidation {
        guard let value else { throw InvalidationError(.malformed, "the record has no value") }
        return try decoder.decode(record: value, time: time, arrival: arrival, event: Self.event(headers))
    }

    /// The attributes of a CloudEvent in its binary form: headers beside a value that is the request itself.
    ///
    /// See https://github.com/cloudevents/spec, bindings/kafka-protocol-binding.md of version 1.0.2.
    private static func event(_ headers: [RecordHeader]) -> EventAttributes? {
        guard !headers.isEmpty, text("ce_specversion", headers) != nil else { return nil }
        return EventAttributes(
            id: text("ce_id", headers), time: text("ce_time", headers), source: text("ce_source", headers))
    }

    private static func text(_ name: String, _ headers: [RecordHeader]) -> String? {
        headers.first { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
