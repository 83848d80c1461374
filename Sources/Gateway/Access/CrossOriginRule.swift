internal import HTTP

/// Cross-origin rule (CORS): which web pages may read what the gateway answers, and what they may send.
///
/// See https://fetch.spec.whatwg.org, "HTTP extensions" of the CORS protocol.
public struct CrossOriginRule: Sendable, Equatable {
    private enum Origins: Equatable {
        case none
        case any
        case listed(Set<String>)
    }

    private static let anyName = "*"
    private static let allowedFields = [
        "Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "traceparent",
        OperatorName.header,
    ].joined(separator: ", ")
    private static let exposedFields = [
        "Allow", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
    ].joined(separator: ", ")
    private static let maxAge = "600"  // seconds

    private let origins: Origins

    /// Pages of other origins may read nothing.
    public static let none = CrossOriginRule(origins: .none)

    private init(origins: Origins) {
        self.origins = origins
    }

    /// - Parameter names: exact origins such as `https://shop.example`, or `*` alone for all.
    /// - Returns: nil for anything else.
    public init?(_ names: [String]) {
        guard names != [Self.anyName] else {
            origins = .any
            return
        }
        guard names.allSatisfy(Self.isOrigin) else { return nil }
        origins = names.isEmpty ? .none : .listed(Set(names.map { $0.lowercased() }))
    }

    /// Whether a page of that origin may change something at a gateway that asks for no credential. That all may read
    /// does not mean that any page may purge.
    func mayChange(_ origin: String) -> Bool {
        if case .listed(let names) = origins { names.contains(origin.lowercased()) } else { false }
    }

    /// What every answer says.
    func fields(for request: HTTPRequest) -> [(String, String)] {
        guard origins != .none else { return [] }
        let exposed = ("Access-Control-Expose-Headers", Self.exposedFields)
        guard case .listed(let names) = origins else {
            // Without Access-Control-Allow-Credentials: no certificate and no cookie of a visitor is used.
            return [("Access-Control-Allow-Origin", Self.anyName), exposed]
        }
        let vary = ("Vary", "Origin")
        guard let origin = request.headers.first("Origin"), names.contains(origin.lowercased()) else { return [vary] }
        return [
            vary, ("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"), exposed,
        ]
    }

    /// What the answer to a preflight request says beside that; nothing for other requests, and other pages.
    func preflightFields(for request: HTTPRequest, methods: [String]) -> [(String, String)] {
        guard request.method == "OPTIONS", request.headers.first("Access-Control-Request-Method") != nil,
            fields(for: request).contains(where: { $0.0 == "Access-Control-Allow-Origin" })
        else { return [] }
        return [
            ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
            ("Access-Control-Allow-Headers", Self.allowedFields), ("Access-Control-Max-Age", Self.maxAge),
            ("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]
    }

    /// A scheme, a host and perhaps a port, and nothing behind them.
    private static func isOrigin(_ text: String) -> Bool {
        let name = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: name.hasPrefix) else { return false }
        let host = name.dropFirst(scheme.count)
        return !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@*\\,".utf8.contains($0) }
    }
}
