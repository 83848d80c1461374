internal import HTTP
internal import Invalidations
internal import JSON

/// Fastly's purge API: by key, by many keys, all, and by URL. The service is the namespace.
///
/// See https://www.fastly.com/documentation/reference/api/purging/
struct FastlyDialect: Dialect {
    private enum Call {
        case key(String, service: String)
        case keys(service: String)
        case all(service: String)
        /// `POST /purge/HOST/PATH`.
        case posted
        /// `PURGE` of the URL itself.
        case url
    }

    static let name = "fastly"
    static let roots: [String] = ["purge", "service"]
    static let keyField: String? = "Fastly-Key"
    private static let softField = "Fastly-Soft-Purge"
    private static let postedPath = "/purge/"

    private let call: Call

    init?(_ head: HTTPRequest) {
        if head.method == "PURGE" {
            guard head.headers.first("Fastly-Key") != nil || head.headers.first(Self.softField) != nil else {
                return nil
            }
            call = .url
            return
        }
        let parts = head.pathParts
        if parts.count >= 2, parts[0] == "purge" {
            call = .posted
            return
        }
        guard parts.count >= 3, parts[0] == "service" else { return nil }
        switch (parts[2], parts.count) {
        case ("purge_all", 3): call = .all(service: parts[1])
        case ("purge", 3): call = .keys(service: parts[1])
        // A key may hold slashes, and clients do not always escape them.
        case ("purge", _): call = .key(parts[3...].joined(separator: "/"), service: parts[1])
        default: return nil
        }
    }

    var methods: [String] {
        if case .url = call { ["PURGE"] } else { ["POST", "OPTIONS"] }
    }

    var readsJSON: Bool {
        if case .keys = call { true } else { false }
    }

    func translate(_ request: HTTPRequest, _ root: JSONValue?) throws(DialectRefusal) -> TranslatedPurge {
        // Its presence counts, whatever its value.
        let mode: PurgeMode = request.headers.first(Self.softField) == nil ? .hard : .soft
        switch call {
        case .key(let key, let service):
            return TranslatedPurge(namespace: service, Selectors(tags: [key]), mode: mode)
        case .keys(let service):
            return TranslatedPurge(namespace: service, Selectors(tags: try keys(request, root)), mode: mode)
        case .all(let service):
            // Never soft there, so not here.
            return TranslatedPurge(namespace: service, Selectors(everything: true))
        case .posted:
            // As sent: what is percent-encoded in a URL must stay so.
            let path = PurgedURL.pathAndQuery(request.target)
            guard path.hasPrefix(Self.postedPath) else {
                throw DialectRefusal(title: "Unreadable URL", "Write \(Self.postedPath) as it is, and then the URL.")
            }
            let urls = PurgedURL.urls(String(path.dropFirst(Self.postedPath.count)))
            return TranslatedPurge(
                namespace: DialectNamespace.read(request, readsQuery: false), Selectors(urls: urls), mode: mode)
        case .url:
            let namespace = DialectNamespace.read(request, readsQuery: false)
            return TranslatedPurge(namespace: namespace, Selectors(urls: PurgedURL.urls(request)), mode: mode)
        }
    }

    private func keys(_ request: HTTPRequest, _ root: JSONValue?) throws(DialectRefusal) -> [String] {
        var keys = request.headers.all("Surrogate-Key").flatMap { $0.split { $0 == " " || $0 == "\t" } }
            .map(String.init)
        if let root, let named = try DialectBody.texts(root, "surrogate_keys") { keys += named }
        guard !keys.isEmpty else {
            throw DialectRefusal(
                title: "No surrogate keys", "Name keys in the Surrogate-Key header or in surrogate_keys of a JSON body."
            )
        }
        return keys
    }

    func accepted(_ id: String, _ purge: TranslatedPurge) -> HTTPResponse? {
        var writer = JSONWriter(capacity: 128 + purge.selectors.byteCount)
        writer.beginObject()
        if case .keys = call {
            var seen: Set<String> = []
            for key in purge.selectors.tags where seen.insert(key).inserted {
                writer.key(key)
                writer.string(id)
            }
        } else {
            writer.member("status", "ok")
            writer.member("id", id)
        }
        writer.endObject()
        return .json(200, writer.bytes)
    }

    func refused(_ refusal: DialectRefusal) -> HTTPResponse? {
        var writer = JSONWriter()
        writer.beginObject()
        let isStranger = refusal.code == .unauthorised
        writer.member("msg", isStranger ? "Provided credentials are missing or invalid" : refusal.title)
        if !isStranger { writer.member("detail", refusal.detail) }
        writer.endObject()
        return .json(refusal.status, writer.bytes)
    }
}
