/// What an edge is told of the scheme of a URL, in `X-Forwarded-Proto`: caches may keep both schemes' pages apart.
public enum SchemeRule: String, Hashable, Sendable, CaseIterable {
    /// The published URL's.
    case url
    case http, https
    case none

    func of(_ url: PurgeURL) -> URLScheme? {
        switch self {
        case .url: url.scheme
        case .http: .http
        case .https: .https
        case .none: nil
        }
    }
}
