internal import Basics
internal import HTTP
internal import Kafka

/// Hands the client's trace on, so that the purge's belongs to it (W3C Trace Context).
enum TraceContext {
    static func headers(of request: HTTPRequest) -> [KafkaHeader] {
        guard let parent = request.headers.first("traceparent"), isValid(parent) else { return [] }
        return [KafkaHeader("traceparent", parent)]
    }

    /// `00-<32 hex>-<16 hex>-<2 hex>`, in lower case.
    private static func isValid(_ parent: String) -> Bool {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parent.utf8.count == 55, parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff" else { return false }
        return parts.joined().utf8.allSatisfy { Hexadecimal.value(of: $0) != nil && !$0.isASCIIUppercase }
    }
}
