internal import Basics
internal import HTTP
internal import Kafka

/// Hands the client's trace on, so that the purge's belongs to it (W3C Trace Context).
enum TraceContext {
    static func headers(of request: HTTPRequest) -> [KafkaHeader] {
        guard let parent = request.headers.first(TraceParent.name), TraceParent.isValid(parent) else { return [] }
        return [KafkaHeader(TraceParent.name, parent)]
    }
}
