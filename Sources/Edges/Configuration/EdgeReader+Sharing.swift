internal import Invalidations
internal import Runtime

// Reads how namespaces share an edge: tag template and hosts.
extension EdgeReader {
    static let sharingKeys = ["tags", "hosts"]

    func sharing() throws(ConfigurationError) -> EdgeSharing {
        var sharing = EdgeSharing()
        if let value = try section.optional("tags") {
            guard let template = TagTemplate(value.text) else {
                throw value.invalid(
                    "a template for tags", hint: "write it like \"{namespace}:{tag}\", without spaces and commas")
            }
            sharing.tags = template
        }
        guard let inner = try section.section("hosts") else { return sharing }
        var grants: [HostGrant] = []
        for key in inner.keys {
            guard let namespaces = NamespacePattern(key) else {
                throw inner.invalid(
                    "has \(key.debugDescription), which is no namespace",
                    hint: "write a name, a beginning with a star (shop-*), or \"*\" before each list of hosts")
            }
            grants.append(HostGrant(namespaces: namespaces, hosts: try hosts(try inner.value(key))))
        }
        guard !grants.isEmpty else {
            throw inner.invalid("grants no host", hint: "write hosts: {shop: [shop.example, \"*.shop.example\"]}")
        }
        sharing.hosts = grants
        return sharing
    }

    private func hosts(_ value: ConfigurationValue) throws(ConfigurationError) -> [HostPattern] {
        var hosts: [HostPattern] = []
        for text in value.list() {
            guard let host = HostPattern(text) else {
                throw value.invalid(
                    "a list of hosts", hint: "write shop.example, shop.example:8080, *.shop.example, or * for any")
            }
            hosts.append(host)
        }
        guard (1...1_000).contains(hosts.count) else { throw value.invalid("a list of 1 to 1000 hosts") }
        return hosts
    }
}
