internal import Caches
internal import HTTP
internal import Invalidations

/// Address at an HTTP API, with the key and perhaps the namespace in it.
struct OriginTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case key
        case namespace
    }

    private let parts: [Part]

    /// - Parameter template: a URL with `{key}` once, and perhaps `{namespace}`, behind the host.
    /// - Returns: nil for anything else.
    init?(_ template: String) {
        guard let scheme = ["http://", "https://"].first(where: template.hasPrefix),
            let slash = template.dropFirst(scheme.count).firstIndex(of: "/"),
            slash > template.index(template.startIndex, offsetBy: scheme.count),
            template.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else { return nil }
        var parts: [Part] = []
        var keys = 0
        var rest = template[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard brace > slash, rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else { return nil }
            parts.append(.text(String(rest[..<brace])))
            switch rest[rest.index(after: brace)..<end] {
            case "key":
                parts.append(.key)
                keys += 1
            case "namespace": parts.append(.namespace)
            default: return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        guard keys == 1 else { return nil }
        self.parts = parts + [.text(String(rest))]
    }

    /// - Returns: nil for a key that a server may take for a way to other paths.
    func url(_ namespace: Namespace, _ key: CacheKey) -> String? {
        guard let text = String(validating: key.bytes, as: UTF8.self), ![".", ".."].contains(text) else { return nil }
        return parts.reduce(into: "") { url, part in
            switch part {
            case .text(let text): url += text
            case .key: url += PercentEncoding.encode(text)
            case .namespace: url += PercentEncoding.encode(namespace.name)
            }
        }
    }
}
