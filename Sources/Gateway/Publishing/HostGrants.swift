internal import Edges
internal import HTTP
internal import Invalidations

/// Which hosts a namespace may purge. What an edge would refuse is refused before it is published.
struct HostGrants: Sendable {
    private let edges: [(profile: EdgeProfile, sharing: EdgeSharing)]

    /// - Parameter sharing: of the edges, in their order; those beyond have no rules.
    init(_ profiles: [EdgeProfile], _ sharing: [EdgeSharing]) {
        edges = zip(profiles, sharing).filter { $0.1.hosts != nil }.map { ($0.0, $0.1) }
    }

    /// - Returns: nil when the namespace may purge all that the request names.
    func refusal(of invalidation: Invalidation) -> HTTPResponse? {
        guard !edges.isEmpty else { return nil }
        let namespace = invalidation.namespace
        let kinds = invalidation.selectors.kinds
        for (profile, sharing) in edges where profile.serves(namespace) && profile.isTarget(of: kinds) {
            let lists = [("urls", invalidation.selectors.urls), ("prefixes", invalidation.selectors.prefixes)]
            for (field, urls) in lists {
                for url in urls {
                    guard let reason = sharing.refusal(of: url, namespace: namespace) else { continue }
                    return Self.problem(field, reason, profile.name)
                }
            }
        }
        return nil
    }

    private static func problem(_ field: String, _ reason: String, _ edge: String) -> HTTPResponse {
        Problems.problem(
            .foreignHost, 403, "At the edge \(edge) \(reason). Nothing was published.",
            title: "Not a host of this namespace", extensions: ["field": .string(field)])
    }
}
