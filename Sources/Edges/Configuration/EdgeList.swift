internal import Invalidations
public import Runtime

/// Reads the list `edges` of a configuration file.
public enum EdgeList {
    public static let countMax = 1_000

    /// The key that the list stands under, to be declared among the configuration's keys.
    public static let key = ConfigurationKey(
        "edges", environment: nil, isStructured: true,
        help: "Caches to purge: a list of name, adapter, address, credentials, namespaces and more")

    /// The sources know the key of `AccountList`, too: edges name accounts.
    ///
    /// - Throws: for the first setting that cannot be used, naming its line; unknown keys and names that
    ///   appear twice are refused.
    public static func read(_ sources: ConfigurationSources) throws(ConfigurationError) -> [EdgeConfiguration] {
        let accounts = try AccountList.read(sources)
        let sections = try sources.sections(key.name)
        guard sections.count <= countMax else {
            throw sections[countMax].invalid(
                "is one of \(sections.count) edges, more than the \(countMax) allowed",
                hint: "share them between several workers' configurations, by namespace")
        }
        var edges: [EdgeConfiguration] = []
        var origins: [String: Origin] = [:]
        for section in sections {
            let edge = try EdgeReader(section: section, accounts: accounts).edge()
            if let first = origins.updateValue(section.origin, forKey: edge.name) {
                throw section.invalid(
                    "has the name \(edge.name), as the edge at \(first)", hint: "give each edge a name of its own")
            }
            edges.append(edge)
        }
        if let fanOut = EdgeProfile.fanOut(in: edges.map(\.profile)) {
            throw sections[fanOut.edge].invalid(
                "serves \(fanOut.pattern) with so many others that a request would need \(fanOut.purges) purges, "
                    + "second ones included, more than the \(Limits.edges) allowed",
                hint: "share the edges out among namespaces")
        }
        return edges
    }
}
