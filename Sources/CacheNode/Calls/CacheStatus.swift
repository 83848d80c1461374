internal import HTTP

/// Texts of the field `Cache-Status` (RFC 9211).
enum CacheStatus {
    static let name = "Cache-Status"
    private static let own = "cachesync"

    static let miss = "\(own); fwd=uri-miss"
    static let unsynced = "\(own); fwd=bypass; detail=unsynced"
    static let leaseHeld = "\(own); fwd=uri-miss; detail=lease-held"

    static let negative = "\(own); hit; detail=negative"

    /// - Parameter detail: such as `stored`.
    static func loaded(_ detail: String, ttl seconds: Int64) -> String {
        "\(own); fwd=uri-miss; fwd-status=200; \(detail); ttl=\(seconds)"
    }

    /// - Parameter seconds: negative for an entry that is stale.
    static func hit(ttl seconds: Int64) -> String { "\(own); hit; ttl=\(seconds)" }

    /// Of a copy that this node has of another node's entry.
    static func mirror(ttl seconds: Int64) -> String { "\(own); hit; ttl=\(seconds); detail=mirror" }

    /// In a rollout, of what the cache answers.
    static let rolloutCache = "rollout-cache"

    /// In a rollout, of what the main API answers.
    static func main(_ status: Int?) -> String {
        "\(own); fwd=bypass" + (status.map { "; fwd-status=\($0)" } ?? "") + "; detail=rollout-main"
    }

    static func stored(ttl seconds: Int64, isClamped: Bool) -> String {
        "\(own); stored; ttl=\(seconds)" + (isClamped ? "; detail=ttl-clamped" : "")
    }
}

extension HTTPResponse {
    /// Adds a detail to `Cache-Status`, unless it has one.
    func detailing(_ detail: String) -> HTTPResponse {
        var response = self
        guard let index = headers.firstIndex(where: { $0.0 == CacheStatus.name }) else {
            return with(CacheStatus.name, "cachesync; detail=\(detail)")
        }
        if !headers[index].1.contains("detail=") { response.headers[index].1 += "; detail=\(detail)" }
        return response
    }
}
