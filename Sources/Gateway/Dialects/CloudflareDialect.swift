internal import HTTP
internal import Invalidations
internal import JSON

/// Cloudflare's purge of a zone: files, tags, prefixes, hosts, everything. The zone is the namespace.
///
/// See https://developers.cloudflare.com/api/resources/cache/methods/purge/
struct CloudflareDialect: Dialect {
    static let name = "cloudflare"
    static let roots: [String] = ["client", "zones"]
    static let keyField: String? = "X-Auth-Key"

    private let zone: String

    init?(_ head: HTTPRequest) {
        guard head.method != "PURGE" else { return nil }
        var parts = head.pathParts[...]
        if parts.prefix(2) == ["client", "v4"] { parts = parts.dropFirst(2) }
        if parts.count == 4, parts.last == "" { parts = parts.dropLast() }
        guard parts.count == 3, parts.first == "zones", parts.last == "purge_cache" else { return nil }
        zone = parts[parts.startIndex + 1]
    }

    var methods: [String] { ["POST", "OPTIONS"] }

    func translate(_ request: HTTPRequest, _ root: JSONValue?) throws(DialectRefusal) -> TranslatedPurge {
        var selectors = Selectors()
        if let root {
            selectors.everything = try DialectBody.truth(root, "purge_everything") ?? false
            selectors.urls = try DialectBody.elements(root, "files", Self.file) ?? []
            selectors.tags = try DialectBody.texts(root, "tags") ?? []
            selectors.prefixes =
                try (DialectBody.texts(root, "prefixes") ?? []).flatMap(Self.prefixes)
                + Self.hosts(DialectBody.texts(root, "hosts") ?? [])
        }
        guard !selectors.isEmpty else {
            throw DialectRefusal(
                title: "Nothing selected",
                "Request must contain one of \"purge_everything\", \"files\", \"tags\", \"hosts\" or \"prefixes\"",
                code: .nothingSelected)
        }
        return TranslatedPurge(namespace: zone, selectors)
    }

    /// Header fields select a variant there; here all variants of the URL go.
    private static func file(_ element: JSONValue) throws(DialectRefusal) -> String {
        if let url = element.string { return url }
        guard let url = element["url"]?.string else {
            throw DialectRefusal(title: "Invalid files", "\"files\" must hold URLs, or objects with a \"url\"")
        }
        return url
    }

    /// Host and path without a scheme: both schemes. A host alone must not mean longer names that begin with it.
    private static func prefixes(_ text: String) -> [String] {
        guard !PurgedURL.hasScheme(text) else { return [text] }
        return PurgedURL.urls(text.contains("/") ? text : text + "/")
    }

    private static func hosts(_ names: [String]) throws(DialectRefusal) -> [String] {
        guard names.allSatisfy({ !$0.isEmpty && !$0.contains("/") }) else {
            throw DialectRefusal(title: "Invalid hosts", "\"hosts\" must hold host names, without scheme and path")
        }
        return names.flatMap(prefixes)
    }

    func accepted(_ id: String, _ purge: TranslatedPurge) -> HTTPResponse? {
        var writer = JSONWriter()
        Self.begin(&writer, success: true)
        writer.endArray()
        Self.writeMessages(&writer)
        writer.beginObject()
        writer.member("id", id)
        writer.endObject()
        writer.endObject()
        return .json(200, writer.bytes)
    }

    func refused(_ refusal: DialectRefusal) -> HTTPResponse? {
        var writer = JSONWriter()
        Self.begin(&writer, success: false)
        writer.beginObject()
        writer.member("code", Int64(refusal.code?.rawValue ?? refusal.status))
        writer.member("message", refusal.code == .unauthorised ? "Authentication error" : refusal.detail)
        writer.endObject()
        writer.endArray()
        Self.writeMessages(&writer)
        writer.null()
        writer.endObject()
        return .json(refusal.status, writer.bytes)
    }

    private static func begin(_ writer: inout JSONWriter, success: Bool) {
        writer.beginObject()
        writer.member("success", success)
        writer.key("errors")
        writer.beginArray()
    }

    private static func writeMessages(_ writer: inout JSONWriter) {
        writer.key("messages")
        writer.beginArray()
        writer.endArray()
        writer.key("result")
    }
}
