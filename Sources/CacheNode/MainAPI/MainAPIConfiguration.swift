internal import CacheWrites
internal import Caches
internal import Invalidations
internal import Storage

/// HTTP API that is the main database: it accepts batches of writes, and says what it has of a key.
public struct MainAPIConfiguration: Sendable {
    /// Longer than this no batch may take, so that a node that ends is not held up.
    public static let timeoutMax = Duration.seconds(60)

    /// Address that gets batches by `POST`.
    let writes: String
    let read: OriginTemplate
    /// Bearer token that the API asks for.
    public var token: String?
    /// For one batch or one read.
    public var timeout: Duration = .seconds(10)

    /// - Parameters:
    ///   - writes: a URL without variables.
    ///   - read: a URL with `{key}` once, and perhaps `{namespace}`, behind the host.
    /// - Throws: which of the two is none.
    public init(writes: String, read: String) throws(Fault) {
        guard Self.isAddress(writes) else { throw .writes }
        guard let template = OriginTemplate(read) else { throw .read }
        (self.writes, self.read) = (writes, template)
    }

    public enum Fault: Error {
        case writes
        case read
    }

    private static func isAddress(_ text: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix),
            let host = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false).first
        else { return false }
        return !host.isEmpty && !host.contains("@")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"#{}".utf8.contains($0) }
    }

    var credentials: [(String, String)] { token.map { [("Authorization", "Bearer \($0)")] } ?? [] }
}

extension WritesConfiguration {
    /// - Parameter rules: of a namespace: the times of entries that say none.
    func store(_ rules: @escaping @Sendable (Namespace) -> NamespaceRules) -> WriteStoreKind {
        switch database {
        case .postgres(let address): .postgres(address)
        case .api(let api): .rows { () throws(StorageError) in try MainAPIStore(api, rules) }
        }
    }
}
