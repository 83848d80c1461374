/// Directives of `Cache-Control`: how long an answer is kept (RFC 9111, RFC 5861).
struct CacheDirectives {
    /// Nil where the answer does not say.
    private(set) var fresh: Int64?
    private(set) var staleWhileRevalidate: Int64?
    private(set) var staleIfError: Int64?
    private(set) var mayBeStored = true

    /// - Parameter list: all fields of that name; nil for none.
    init(_ list: String?) {
        var shared: Int64?
        for directive in (list ?? "").lowercased().split(separator: ",") {
            let parts = directive.split(separator: "=", maxSplits: 1).map { $0.filter { !" \t\"".contains($0) } }
            let seconds = parts.count > 1 ? Self.seconds(parts[1]) : nil
            switch parts.first {
            case "no-store", "no-cache", "private": mayBeStored = false
            case "max-age": fresh = seconds ?? 0
            case "s-maxage": shared = seconds ?? 0
            case "stale-while-revalidate": staleWhileRevalidate = seconds
            case "stale-if-error": staleIfError = seconds
            default: break
            }
        }
        if let shared { fresh = shared }
    }

    /// Too many seconds are as many as fit; anything else is nil, and counts as none.
    private static func seconds(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text) ?? 1 << 40
    }
}
