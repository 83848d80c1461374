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

    static func stored(ttl seconds: Int64, isClamped: Bool) -> String {
        "\(own); stored; ttl=\(seconds)" + (isClamped ? "; detail=ttl-clamped" : "")
    }
}
