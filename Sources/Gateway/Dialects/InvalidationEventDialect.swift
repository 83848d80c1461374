internal import HTTP
internal import Invalidations
internal import JSON

/// The event of the IETF draft "An HTTP Cache Invalidation API" (draft-nottingham-http-invalidation-01).
///
/// See https://datatracker.ietf.org/doc/html/draft-nottingham-http-invalidation-01, expired in February 2024.
/// The draft leaves the form of answers open: they are those of `POST /invalidate`.
struct InvalidationEventDialect: Dialect {
    static let name = "events"
    static let roots: [String] = ["invalidation-events"]

    init?(_ head: HTTPRequest) {
        guard head.method != "PURGE", head.pathParts == ["invalidation-events"] else { return nil }
    }

    var methods: [String] { ["POST", "OPTIONS"] }

    func translate(_ request: HTTPRequest, _ root: JSONValue?) throws(DialectRefusal) -> TranslatedPurge {
        guard let root else { throw DialectRefusal(title: "Malformed JSON", "The body must be an event in JSON.") }
        guard let type = root["type"]?.string else {
            throw DialectRefusal(422, title: "Invalid type", "\"type\" must be given as a string")
        }
        let selectors = try DialectBody.texts(root, "selectors") ?? []
        guard !selectors.isEmpty else {
            throw DialectRefusal(422, title: "Invalid selectors", "\"selectors\" must name at least one")
        }
        // Without it, stored responses need only be marked invalid.
        let mode: PurgeMode = try DialectBody.truth(root, "purge") == true ? .hard : .soft
        return TranslatedPurge(
            namespace: DialectNamespace.read(request), try Self.read(type, selectors, root), mode: mode)
    }

    private static func read(
        _ type: String, _ selectors: [String], _ root: JSONValue
    ) throws(DialectRefusal) -> Selectors {
        switch type {
        case "uri": return Selectors(urls: selectors)
        case "uri-prefix": return Selectors(prefixes: selectors)
        case "origin": return Selectors(prefixes: try origins(selectors))
        case "group":
            // A group is of an origin; a tag is of the whole namespace, which is more.
            _ = try origins(selectors)
            guard let groups = try DialectBody.texts(root, "groups"), !groups.isEmpty else {
                throw DialectRefusal(422, title: "Invalid groups", "\"groups\" must name at least one group")
            }
            return Selectors(tags: groups)
        default:
            throw DialectRefusal(
                501, title: "Unsupported type", "\"type\" must be uri, uri-prefix, origin or group")
        }
    }

    /// As prefixes. The draft always writes the port; URLs do not name the one of their scheme.
    private static func origins(_ texts: [String]) throws(DialectRefusal) -> [String] {
        var prefixes: [String] = []
        for text in texts {
            let lowercased = text.lowercased()
            guard let scheme = ["https://", "http://"].first(where: { lowercased.hasPrefix($0) }),
                lowercased.utf8.count > scheme.utf8.count,
                !lowercased.dropFirst(scheme.count).contains(where: { "/?#@".contains($0) })
            else {
                throw DialectRefusal(
                    422, title: "Invalid selectors",
                    "\"selectors\" must hold origins such as https://www.example.com:443, without a path")
            }
            let port = scheme == "https://" ? ":443" : ":80"
            prefixes.append((lowercased.hasSuffix(port) ? lowercased.dropLast(port.count) : lowercased[...]) + "/")
        }
        return prefixes
    }
}
