internal import Dispatch
internal import Glibc
public import Runtime
internal import Synchronization

/// How many addresses the name in an edge's address may have.
public enum AddressRule: String, Hashable, Sendable, CaseIterable {
    /// One of a kind: behind each address is a cache of its own, and only one of them would be purged.
    case single
    /// They lead to the same thing.
    case any
}

/// Looks up the names in the addresses of edges. A name with several addresses is several caches, of which each purge
/// would reach one.
public enum EdgeNames {
    /// Blocks until the system's resolver has answered for all names; a name without an answer is no error here, since
    /// the edge may come up later.
    ///
    /// - Throws: for the first edge whose name has more addresses than it may.
    public static func check(_ edges: [EdgeConfiguration]) throws(ConfigurationError) {
        try check(edges, lookup: addresses)
    }

    /// - Parameter lookup: the addresses of a name, in numbers.
    package static func check(
        _ edges: [EdgeConfiguration], lookup: @Sendable (String) -> [String]
    ) throws(ConfigurationError) {
        let names = Array(Set(edges.filter { $0.addresses == .single }.compactMap { $0.address.name }))
        guard !names.isEmpty else { return }
        let found = Mutex<[String: [String]]>([:])
        // Slow name servers cost their time once, not once for each name.
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            let addresses = lookup(names[index])
            found.withLock { $0[names[index]] = addresses }
        }
        for edge in edges where edge.addresses == .single {
            guard let name = edge.address.name, let problem = problem(name, found.withLock { $0[name] ?? [] })
            else { continue }
            throw ConfigurationError(key: "edges.\(edge.name).address", problem: problem)
        }
    }

    /// What is wrong with the edge's name; nil when nothing is.
    static func problem(of edge: EdgeConfiguration) -> String? {
        guard edge.addresses == .single, let name = edge.address.name else { return nil }
        return problem(name, addresses(name))
    }

    private static func problem(_ name: String, _ addresses: [String]) -> String? {
        // One machine may well have an address of each kind.
        let kinds = [addresses.filter { $0.contains(":") }, addresses.filter { !$0.contains(":") }]
        guard let several = kinds.first(where: { $0.count > 1 }) else { return nil }
        return "the name \(name) has several addresses (\(several.prefix(5).joined(separator: ", "))), and a purge "
            + "reaches one of them: list each address as an edge of its own, or set addresses: any where they all lead "
            + "to the same cache"
    }

    /// The addresses of a name, in numbers; none where nobody knows it. Blocks.
    package static func addresses(_ name: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0, let list else { return [] }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            {
                let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                if !found.contains(address) { found.append(address) }
            }
            next = entry.ai_next
        }
        return found.sorted()
    }
}

extension EdgeAddress {
    /// The name to be looked up; nil for an address in numbers.
    var name: String? {
        guard let url = try? PurgeURL(text) else { return nil }
        guard !url.host.hasPrefix("[") else { return nil }
        let name = url.host.prefix { $0 != ":" }
        var address = in_addr()
        return inet_pton(AF_INET, String(name), &address) == 1 ? nil : String(name)
    }
}
