internal import HTTP
internal import JSON

/// Dialect: the purge API of another product, translated into requests to publish.
///
/// A value is one request that was recognised as of its dialect, by method, path and header fields.
protocol Dialect: Sendable {
    /// Names it in metrics.
    static var name: String { get }
    /// Where its clients send their token, beside `Authorization: Bearer`.
    static var keyField: String? { get }

    /// First parts of the paths at which its clients call; PURGE is for any path.
    static var roots: [String] { get }

    /// - Parameter head: without its body; its path may not be decoded where it cannot be.
    /// - Returns: nil for what is not of this dialect.
    init?(_ head: HTTPRequest)

    var methods: [String] { get }
    /// Whether a body means something; where it does not, it is not even parsed.
    var readsJSON: Bool { get }

    /// - Parameter root: of the body, where there is one and it means something.
    /// - Throws: `DialectRefusal`
    func translate(_ request: HTTPRequest, _ root: JSONValue?) throws(DialectRefusal) -> TranslatedPurge
    /// What its clients expect to hear once the purge is published under that id; nil for what `POST /invalidate`
    /// answers.
    func accepted(_ id: String, _ purge: TranslatedPurge) -> HTTPResponse?
    /// - Returns: nil for a problem document.
    func refused(_ refusal: DialectRefusal) -> HTTPResponse?
}

extension Dialect {
    static var keyField: String? { nil }
    var readsJSON: Bool { true }
    func accepted(_ id: String, _ purge: TranslatedPurge) -> HTTPResponse? { nil }
    func refused(_ refusal: DialectRefusal) -> HTTPResponse? { nil }
}

/// The dialects that the gateway knows.
enum Dialects {
    /// In the order of being asked: a PURGE with a Fastly field is Fastly's, any other is Varnish's.
    static let all: [any Dialect.Type] = [
        FastlyDialect.self, CloudflareDialect.self, VarnishDialect.self, InvalidationEventDialect.self,
    ]

    private static let roots = Set(all.flatMap { $0.roots })

    static func find(_ head: HTTPRequest) -> (any Dialect)? {
        guard head.method.hasPrefix("PURGE") || roots.contains(head.pathRoot) else { return nil }
        for type in all {
            if let dialect = type.init(head) { return dialect }
        }
        return nil
    }
}

extension HTTPRequest {
    /// The first of the path's parts.
    fileprivate var pathRoot: String {
        let path = (path.isEmpty ? target : path).utf8
        let root = path.dropFirst().prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        return String(decoding: root, as: UTF8.self)
    }

    /// The path's parts. Where the path cannot be decoded, as sent: its refusal has a dialect, too.
    var pathParts: [String] {
        let path = path.isEmpty ? String(target.prefix { $0 != "?" }) : path
        return Array(PathParts.split(path).dropFirst())
    }
}
