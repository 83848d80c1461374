internal import Invalidations
internal import Runtime

/// The adapters there are, by the name that a configuration calls them.
public enum AdapterCatalogue {
    public static let all: [AdapterDescriptor] = [
        AdapterDescriptor(
            name: "http", summary: "a plain purge endpoint of one's own", keys: ["path", "success", "soft"],
            itemsMaxDefault: 500, connectionsDefault: 8,
            // Nobody knows how much such an endpoint can take: gently, until somebody says.
            limitsDefault: EdgeLimits(requests: Rate(perSecond: 10, burst: 1)), edgesAtOnceDefault: 10,
            // A service knows its own servers.
            addressesDefault: .any
        ) { context, section throws(ConfigurationError) in
            let path = try section.path("path", default: "/purge")
            return HTTPAdapter(
                address: context.address, host: context.host, path: path, itemsMax: context.batchItems,
                bytesMax: context.batchBytes, success: try HTTPSuccess.read(section), isSoft: context.isSoft)
        },
        AdapterDescriptor(
            name: "varnish", summary: "Varnish with the shipped VCL", keys: ["headerBytes", "scheme", "soft"],
            itemsMaxDefault: 500, connectionsDefault: 64
        ) { context, section throws(ConfigurationError) in
            let bytes = try section.optional("headerBytes")?.byteCount(in: 1_024...65_536) ?? 7_500
            return VarnishAdapter(
                address: context.address, host: context.host, headerBytes: bytes, scheme: context.scheme,
                probeHost: context.probeHost, isSoft: context.isSoft)
        },
        AdapterDescriptor(
            name: "nginx", summary: "nginx with ngx_cache_purge in a location of its own",
            keys: ["purgePrefix", "purgeMethod", "purgeKey", "scheme"], itemsMaxDefault: 500, connectionsDefault: 64
        ) { context, section throws(ConfigurationError) in
            let prefix = try section.path("purgePrefix", default: "/purge")
            let method = try section.optional("purgeMethod")?.choice(NginxAdapter.Method.self) ?? .get
            let key = try section.optional("purgeKey")?.choice(NginxAdapter.KeyForm.self) ?? .uri
            return NginxAdapter(
                address: context.address, host: context.host, purgePrefix: prefix, method: method,
                scheme: context.scheme,
                keyForm: key, probeHost: context.probeHost)
        },
        AdapterDescriptor(
            name: "purge", summary: "the method PURGE for one URL a call: Squid, Traffic Server and others",
            keys: ["purgeTarget", "scheme"], itemsMaxDefault: 500, connectionsDefault: 64
        ) { context, section throws(ConfigurationError) in
            PurgeMethodAdapter(
                address: context.address, host: context.host,
                targetForm: try section.optional("purgeTarget")?.choice(PurgeMethodAdapter.TargetForm.self) ?? .path,
                scheme: context.scheme, probeHost: context.probeHost)
        },
        AdapterDescriptor(
            name: "cachesync", summary: "a cache node of this system (`cachesync cache`)", keys: ["soft"],
            itemsMaxDefault: Limits.prefixes, connectionsDefault: 8
        ) { context, _ throws(ConfigurationError) in
            CacheNodeAdapter(
                address: context.address, host: context.host, itemsMax: context.batchItems,
                bytesMax: context.batchBytes, isSoft: context.isSoft)
        },
    ]

    public static func kind(named name: String) -> AdapterDescriptor? {
        all.first { $0.name == name }
    }
}

/// One adapter as the configuration knows it.
public struct AdapterDescriptor: Sendable {
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
    /// Whether the name of such an edge may have several addresses.
    let addressesDefault: AddressRule
    let make: @Sendable (AdapterContext, ConfigurationSection) throws(ConfigurationError) -> any EdgeAdapter

    init(
        name: String, summary: String, keys: [String], itemsMaxDefault: Int, connectionsDefault: Int,
        limitsDefault: EdgeLimits = EdgeLimits(), edgesAtOnceDefault: Int? = nil,
        addressesDefault: AddressRule = .single,
        make: @escaping @Sendable (AdapterContext, ConfigurationSection) throws(ConfigurationError) -> any EdgeAdapter
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.itemsMaxDefault = itemsMaxDefault
        self.connectionsDefault = connectionsDefault
        self.limitsDefault = limitsDefault
        self.edgesAtOnceDefault = edgesAtOnceDefault
        self.addressesDefault = addressesDefault
        self.make = make
    }
}

/// What every adapter is told of its edge.
struct AdapterContext {
    let address: EdgeAddress
    /// Sent as `Host` whatever the URL says.
    let host: String?
    let batchItems: Int
    let batchBytes: Int
    let scheme: SchemeRule
    let isSoft: Bool
    /// For markers: a host that is known to be the edge's.
    let probeHost: String?
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
            throw value.invalid("a path", hint: "write it like \(`default`), percent-encoded")
        }
        return String(text)
    }
}
