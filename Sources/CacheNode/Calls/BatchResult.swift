internal import Caches
internal import JSON

/// What became of one operation of a batch.
enum BatchResult: Sendable {
    case done
    case refused(CallRefusal)
    case invalidated(Int)
    /// As another node says it: an object.
    case answered([UInt8])
    case value(CacheValue, age: Int64, ttl: Int64, tags: [String])

    init(_ entry: CacheEntry, _ value: CacheValue, _ now: CacheTime) {
        self = .value(value, age: entry.age(now), ttl: entry.statusTTL(now), tags: entry.tags)
    }

    /// Bytes of what has no bound of its own.
    var valueBytes: Int {
        switch self {
        case .value(let value, _, _, _): value.size
        case .answered(let bytes): bytes.count
        case .done, .refused, .invalidated: 0
        }
    }

    func append(to writer: inout JSONWriter) {
        if case .answered(let bytes) = self { return writer.raw(bytes) }
        writer.beginObject()
        switch self {
        case .answered: break
        case .refused(let refusal): Self.append(refusal, to: &writer)
        case .done:
            writer.member("status", 200)
            writer.member("success", true)
        case .invalidated(let count):
            writer.member("status", 200)
            writer.member("success", true)
            writer.member("invalidated", Int64(count))
        case .value(let value, let age, let ttl, let tags):
            guard let bytes = value.expanded() else {
                Self.append(.damagedValue, to: &writer)
                break
            }
            writer.member("status", 200)
            writer.key("value")
            writer.raw(bytes)
            writer.member("etag", value.entityTag.description)
            writer.member("age", age)
            writer.member("ttl", ttl)
            writer.member("tags", tags)
        }
        writer.endObject()
    }

    private static func append(_ refusal: CallRefusal, to writer: inout JSONWriter) {
        writer.member("status", Int64(refusal.status))
        writer.member("error", refusal.words)
    }
}
