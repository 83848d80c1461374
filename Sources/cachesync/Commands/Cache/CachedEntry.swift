import HTTP
import JSON

/// What a cache node says of an entry in its header fields.
struct CachedEntry {
    private static let status = "Cache-Status"

    private let response: HTTPClientResponse

    init(_ response: HTTPClientResponse) {
        self.response = response
    }

    /// A node has answered, and has no such entry.
    static func isMissing(_ response: HTTPClientResponse) -> Bool {
        response.status == 404 && response.header.first(status)?.hasPrefix("cachesync;") == true
    }

    /// The node does not know the log well enough to answer.
    static func isUnsynced(_ response: HTTPClientResponse) -> Bool {
        response.header.first(status)?.contains("detail=unsynced") == true
    }

    /// Seconds of freshness that are left; negative where it is stale.
    var ttl: Int64? {
        let parts = (response.header.first(Self.status) ?? "").split(separator: ";").map { $0.drop { $0 == " " } }
        return parts.lazy.compactMap { $0.hasPrefix("ttl=") ? Int64($0.dropFirst(4)) : nil }.first
    }

    private var age: Int64? { response.header.first("Age").flatMap { Int64($0) } }

    /// For people: each field that tells something on a line of its own.
    var fields: String {
        let names = ["ETag", "Age", "Cache-Control", Self.status, "Cache-Groups"]
        return names.compactMap { name in response.header.first(name).map { "\(name): \($0)" } }
            .joined(separator: "\n")
    }

    /// The members of a document with the value as it is.
    func write(into writer: inout JSONWriter, key: String, namespace: String) {
        writer.member("namespace", namespace)
        writer.member("key", key)
        writer.key("value")
        writer.raw(response.body)
        if let tag = response.header.first("ETag") { writer.member("etag", tag) }
        if let age { writer.member("age", age) }
        if let ttl { writer.member("ttl", ttl) }
        writer.member("tags", tags)
    }

    /// The strings of `Cache-Groups` (RFC 9875). Tags have neither commas nor blanks.
    private var tags: [String] {
        (response.header.first("Cache-Groups") ?? "").split(separator: ",").map { item in
            var isEscaped = false
            return item.drop { $0 == " " }.dropFirst().dropLast().reduce(into: "") { text, character in
                if character == "\\", !isEscaped {
                    isEscaped = true
                } else {
                    text.append(character)
                    isEscaped = false
                }
            }
        }
    }
}
