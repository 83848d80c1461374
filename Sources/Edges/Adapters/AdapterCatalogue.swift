internal import Invalidations
internal import Runtime

/// The adapters there are, by the name that a configuration calls them.
public enum AdapterCatalogue {
    public static let all: [AdapterKind] = [
        AdapterKind(
            name: "http", summary: "a plain purge endpoint of one's own", keys: ["path"],
            itemsMaxDefault: 500, connectionsDefault: 8,
            // Nobody knows how much such an endpoint can take: gently, until somebody says.
            limitsDefault: EdgeLimits(requests: Rate(perSecond: 10, burst: 1)), edgesAtOnceDefault: 10
        ) { site, section throws(ConfigurationError) in
            let path = try section.path("path", default: "/purge")
            return HTTPAdapter(
                address: site.address, host: site.host, path: path, itemsMax: site.batchItems,
                bytesMax: site.batchBytes)
        },
        AdapterKind(
            name: "varnish", summary: "Varnish with the shipped VCL", keys: ["headerBytes"],
            itemsMaxDefault: 500, connectionsDefault: 64
        ) { site, section throws(ConfigurationError) in
            let bytes = try section.optional("headerBytes")?.byteCount(in: 1_024...65_536) ?? 7_500
            return VarnishAdapter(address: site.address, host: site.host, headerBytes: bytes)
        },
        AdapterKind(
            name: "nginx", summary: "nginx with ngx_cache_purge in a location of its own",
            keys: ["purgePrefix", "purgeMethod"], itemsMaxDefault: 500, connectionsDefault: 64
        ) { site, section throws(ConfigurationError) in
            let prefix = try section.path("purgePrefix", default: "/purge")
            let method = try section.optional("purgeMethod")?.choice(NginxAdapter.Method.self) ?? .get
            return NginxAdapter(address: site.address, host: site.host, purgePrefix: prefix, method: method)
        },
    ]

    public static func kind(named name: String) -> AdapterKind? {
        all.first { $0.name == name }
    }
}

/// One adapter as the configuration knows it.
public struct AdapterKind: Sendable {
    public let name: String
    /// For people, without a full stop.
    public let summary: String
    /// Settings of its own.
    public let keys: [String]
    /// Tags, URLs and prefixes in one batch.
    let itemsMaxDefault: Int
    let connectionsDefault: Int
    let limitsDefault: EdgeLimits
    /// Edges of this kind that one request is under way at, at the same time; nil for any number.
    let edgesAtOnceDefault: Int?
    let make: @Sendable (AdapterSite, ConfigurationSection) throws(ConfigurationError) -> any EdgeAdapter

    init(
        name: String, summary: String, keys: [String], itemsMaxDefault: Int, connectionsDefault: Int,
        limitsDefault: EdgeLimits = EdgeLimits(), edgesAtOnceDefault: Int? = nil,
        make: @escaping @Sendable (AdapterSite, ConfigurationSection) throws(ConfigurationError) -> any EdgeAdapter
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.itemsMaxDefault = itemsMaxDefault
        self.connectionsDefault = connectionsDefault
        self.limitsDefault = limitsDefault
        self.edgesAtOnceDefault = edgesAtOnceDefault
        self.make = make
    }
}

/// What every adapter is told of its edge.
struct AdapterSite {
    let address: EdgeAddress
    /// Sent as `Host` whatever the URL says.
    let host: String?
    let batchItems: Int
    let batchBytes: Int
}

extension ConfigurationSection {
    /// A path to be put behind an address; a slash at its end falls away.
    func path(_ key: String, default: String) throws(ConfigurationError) -> String {
        guard let value = try optional(key) else { return `default` }
        var text = value.text[...]
        while text.hasSuffix("/") { text = text.dropLast() }
        guard text.utf8.count <= 256, text.isEmpty || text.hasPrefix("/"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else {
            throw value.invalid("a path", advice: "write it like \(`default`), percent-encoded")
        }
        return String(text)
    }
}
