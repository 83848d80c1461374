internal import HTTP

/// The URLs that a request means whose target is what is purged.
enum PurgedURL {
    /// Of `PURGE /path` with a Host, for http and https unless `X-Forwarded-Proto` says which.
    static func urls(_ request: HTTPRequest) -> [String] {
        guard request.target.hasPrefix("/") else { return [request.target] }
        let host = request.headers.first("Host") ?? ""
        let scheme = request.headers.first("X-Forwarded-Proto")?.prefix { $0 != "," }.lowercased()
        let schemes = scheme == "http" || scheme == "https" ? [scheme ?? ""] : ["https", "http"]
        return schemes.map { "\($0)://\(host)\(request.target)" }
    }

    /// Of a URL that is written with or without its scheme.
    static func urls(_ text: String) -> [String] {
        hasScheme(text) ? [text] : ["https://\(text)", "http://\(text)"]
    }

    static func hasScheme(_ text: String) -> Bool {
        let beginning = text.prefix(8).lowercased()
        return beginning.hasPrefix("https://") || beginning.hasPrefix("http://")
    }

    /// Of a target as sent: one in the form of a URL loses its scheme and authority.
    static func pathAndQuery(_ target: String) -> Substring {
        guard hasScheme(target), let colon = target.firstIndex(of: ":") else { return target[...] }
        let authority = target[colon...].dropFirst(3)
        return authority[(authority.firstIndex(of: "/") ?? authority.endIndex)...]
    }
}
