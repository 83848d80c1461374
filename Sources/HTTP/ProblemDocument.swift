import CMicrohttpd
import JSON

/// What went wrong, for people and programs: a problem document of RFC 9457.
public struct ProblemDocument: Sendable, Equatable {
    /// A member beyond those of the RFC.
    public enum Value: Sendable, Equatable {
        case string(String)
        case integer(Int64)
        case bool(Bool)
        case strings([String])
    }

    /// A URI that names the kind of problem; "about:blank" when the status says it all.
    public var type: String
    public var title: String
    public var status: Int
    public var detail: String?
    /// A URI reference of this one occurrence.
    public var instance: String?
    public var extensions: [String: Value]

    /// - Parameter title: the status's own phrase when nil.
    public init(
        status: Int, title: String? = nil, detail: String? = nil, type: String = "about:blank",
        instance: String? = nil, extensions: [String: Value] = [:]
    ) {
        self.type = type
        self.title = title ?? Self.phrase(of: status)
        self.status = status
        self.detail = detail
        self.instance = instance
        self.extensions = extensions
    }

    /// The document as JSON; extensions in the order of their names, and never in place of a member of the RFC.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("type", type)
        writer.member("title", title)
        writer.member("status", Int64(status))
        if let detail { writer.member("detail", detail) }
        if let instance { writer.member("instance", instance) }
        let reserved: Set = ["type", "title", "status", "detail", "instance"]
        for (name, value) in extensions.sorted(by: { $0.key < $1.key }) where !reserved.contains(name) {
            writer.key(name)
            switch value {
            case .string(let text): writer.string(text)
            case .integer(let number): writer.integer(number)
            case .bool(let truth): writer.bool(truth)
            case .strings(let texts):
                writer.beginArray()
                for text in texts { writer.string(text) }
                writer.endArray()
            }
        }
        writer.endObject()
        return writer.bytes
    }

    /// The reason phrase of a status, such as "Not Found".
    public static func phrase(of status: Int) -> String {
        guard let code = UInt32(exactly: status), let phrase = MHD_get_reason_phrase_for(code) else { return "Unknown" }
        return String(cString: phrase)
    }
}
