internal import HTTP
internal import Invalidations
internal import Runtime

/// Reads one edge, key by key.
struct EdgeReader {
    let section: ConfigurationSection
    let accounts: [AccountProfile]

    private static let keys = [
        "name", "adapter", "address", "credentials", "namespaces", "host", "takes", "unsupported", "timeout",
        "connections", "batchItems", "batchBytes", "batchTimeout", "tls", "headers", "addresses",
        "pipelining",
    ]

    func edge() throws(ConfigurationError) -> EdgeConfiguration {
        let kind = try adapterDescriptor()
        try section.allow(Self.keys + Self.paceKeys + Self.sharingKeys + kind.keys)
        let batchItems = try section.optional("batchItems")?.int(in: 1...10_000) ?? kind.itemsMaxDefault
        let batchBytes = try section.optional("batchBytes")?.byteCount(in: 1_024...(1 << 20)) ?? 64 << 10
        let sharing = try sharing()
        let context = AdapterContext(
            address: try address(), host: try host(), batchItems: batchItems, batchBytes: batchBytes,
            scheme: kind.keys.contains("scheme") ? try section.optional("scheme")?.choice() ?? .url : .none,
            isSoft: kind.keys.contains("soft") ? try section.optional("soft")?.bool() ?? true : false,
            probeHost: sharing.hosts?.lazy.flatMap(\.hosts).compactMap(\.exact).first)
        let adapter = try kind.make(context, section)
        let namespaces = try namespaces()
        var edge = EdgeConfiguration(
            name: try section.entryName(), adapterName: kind.name, adapter: adapter, address: context.address,
            credentials: try credentials(context.address), namespaces: namespaces,
            accepts: try accepts(adapter, kind.name, namespaces),
            unsupported: try section.optional("unsupported")?.choice() ?? .dead,
            timeout: try section.optional("timeout")?.duration(in: .milliseconds(10)...(.seconds(120))) ?? .seconds(5),
            connections: try section.optional("connections")?.int(in: 1...1_024) ?? kind.connectionsDefault,
            batchItems: batchItems, batchBytes: batchBytes, tls: try tls(context.address),
            pace: try pace(kind))
        edge.batchTimeout =
            try section.optional("batchTimeout")?.duration(in: .seconds(1)...(.seconds(50))) ?? edge.batchTimeout
        edge.addresses = try section.optional("addresses")?.choice() ?? kind.addressesDefault
        edge.pipelining = try pipelining(edge)
        (edge.headers, edge.secrets) = try headers()
        edge.sharing = sharing
        try checkSecrets(edge)
        return edge
    }

    /// On where it can be, unless somebody says otherwise.
    private func pipelining(_ edge: EdgeConfiguration) throws(ConfigurationError) -> Bool {
        guard let value = try section.optional("pipelining") else { return true }
        guard try value.bool() else { return false }
        guard !edge.address.isSecure, !edge.adapter.capabilities.pipelinedKinds.isEmpty else {
            throw value.invalid(
                "off, with this adapter and address",
                hint: "calls are pipelined by the adapters varnish, nginx and purge, over plain http; leave the key out"
            )
        }
        return true
    }

    private func adapterDescriptor() throws(ConfigurationError) -> AdapterDescriptor {
        let value = try section.value("adapter")
        if let kind = AdapterCatalogue.kind(named: value.text) { return kind }
        let names = AdapterCatalogue.all.map(\.name)
        let nearest = NearestName.find(value.text, in: names)
        throw value.invalid(
            "one of the adapters " + names.joined(separator: ", "), hint: nearest.map { "did you mean \($0)?" })
    }

    private func address() throws(ConfigurationError) -> EdgeAddress {
        let value = try section.value("address")
        if let address = EdgeAddress(value.text) { return address }
        // What stands before an @ may be a password.
        let shown = ConfigurationValue(
            key: value.key, text: value.text, origin: value.origin,
            isSecret: value.isSecret || value.text.contains("@"))
        throw shown.invalid(
            "the address of an edge",
            hint: "write it like http://10.0.0.5:6081; user and password belong into credentials")
    }

    private func host() throws(ConfigurationError) -> String? {
        guard let value = try section.optional("host") else { return nil }
        // As it stands in a URL without a scheme: whatever is no host is refused there.
        if let host = PublicHost.normalised(Substring(value.text).utf8, isSecure: true) { return host }
        throw value.invalid("a host", hint: "write it like shop.example, or shop.example:8080")
    }

    private func namespaces() throws(ConfigurationError) -> [NamespacePattern] {
        guard let value = try section.optional("namespaces") else { return [.all] }
        let patterns = try value.namespacePatterns()
        guard (1...1_000).contains(patterns.count) else {
            throw value.invalid("a list of 1 to 1000 namespaces", hint: "leave the key out to serve all")
        }
        return patterns
    }

    private func accepts(
        _ adapter: any EdgeAdapter, _ adapterName: String, _ namespaces: [NamespacePattern]
    ) throws(ConfigurationError) -> SelectorKinds {
        guard let value = try section.optional("takes") else {
            return Self.defaultAccepts(adapter.capabilities, namespaces)
        }
        var accepts: SelectorKinds = []
        for text in value.list() {
            guard let kind = Self.selectorKinds[text] else {
                let nearest = NearestName.find(text, in: Self.selectorKinds.keys.sorted())
                throw value.invalid(
                    "a list of tags, urls, prefixes, everything", hint: nearest.map { "did you mean \($0)?" })
            }
            accepts.insert(kind)
        }
        guard !accepts.isEmpty, accepts.isSubset(of: adapter.capabilities.supports) else {
            throw value.invalid(
                "something the adapter \(adapterName) can purge",
                hint: "choose of \(adapter.capabilities.supports.names)")
        }
        return accepts
    }

    private static let selectorKinds: [String: SelectorKinds] = [
        "tags": .tags, "urls": .urls, "prefixes": .prefixes, "everything": .everything,
    ]

    /// A cache that cannot tell namespaces apart empties itself for one of them: by default only where it holds
    /// no other's content.
    private static func defaultAccepts(
        _ capabilities: EdgeCapabilities, _ namespaces: [NamespacePattern]
    ) -> SelectorKinds {
        guard namespaces.count == 1, case .exactly = namespaces[0], capabilities.emptiesWhole else {
            return capabilities.accepts
        }
        return capabilities.accepts.union(.everything)
    }
}
