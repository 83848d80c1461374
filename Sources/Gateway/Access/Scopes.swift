/// Scopes: which of the gateway's calls a credential opens.
public struct Scopes: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Requests to purge, in any dialect.
    public static let publish = Scopes(rawValue: 1)
    /// Statuses of requests.
    public static let read = Scopes(rawValue: 2)
    /// Entries of the cache store.
    public static let cache = Scopes(rawValue: 4)
    /// Dead letters and runs.
    public static let operate = Scopes(rawValue: 8)

    public static let all: Scopes = [.publish, .read, .cache, .operate]
    private static let named: [(name: String, scope: Scopes)] = [
        ("publish", .publish), ("read", .read), ("cache", .cache), ("operate", .operate),
    ]

    /// In the order in which documents name them.
    public static var allNames: [String] { named.map(\.name) }

    /// - Returns: nil for a name that none has.
    public init?(name: String) {
        guard let scope = Self.named.first(where: { $0.name == name })?.scope else { return nil }
        self = scope
    }

    public var names: [String] { Self.named.filter { contains($0.scope) }.map(\.name) }

    public var description: String { names.joined(separator: " ") }
}
