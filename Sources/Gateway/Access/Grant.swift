public import Edges
internal import HTTP
public import Invalidations

/// Grant: the namespaces that a credential is for, and the hosts of addresses.
public struct Grant: Hashable, Sendable {
    static let patternsMax = 100

    /// Nil for all of them.
    public var namespaces: [NamespacePattern]?
    /// Hosts that URLs and prefixes may name; nil for any. Tags are of a namespace, whatever the host.
    public var hosts: [HostPattern]?

    public static let unlimited = Grant()

    public init(namespaces: [NamespacePattern]? = nil, hosts: [HostPattern]? = nil) {
        self.namespaces = namespaces
        self.hosts = hosts
    }

    func admits(_ namespace: Namespace) -> Bool {
        namespaces?.contains { $0.matches(namespace) } ?? true
    }

    /// - Returns: nil when all that the request names may be purged.
    func refusal(of invalidation: Invalidation) -> HTTPResponse? {
        guard admits(invalidation.namespace) else { return Problems.foreignNamespace(invalidation.namespace) }
        guard let hosts else { return nil }
        for (field, urls) in [("urls", invalidation.selectors.urls), ("prefixes", invalidation.selectors.prefixes)] {
            if let url = urls.first(where: { !HostPattern.admit($0, hosts) }) {
                return Problems.hostNotGranted(url, field: field)
            }
        }
        return nil
    }

    /// Whether every namespace that one of the globs may match is granted.
    ///
    /// - Parameter globs: with `*` and `?` for others; nil or none mean all namespaces.
    func covers(_ globs: [String]?) -> Bool {
        guard let namespaces else { return true }
        guard let globs, !globs.isEmpty else { return false }
        return globs.allSatisfy { glob in
            let stem = glob.prefix { $0 != "*" && $0 != "?" }
            return namespaces.contains { pattern in
                switch pattern {
                case .exactly(let name): stem.utf8.count == glob.utf8.count && name == glob
                case .prefix(let beginning): stem.utf8.starts(with: beginning.utf8)
                }
            }
        }
    }
}
