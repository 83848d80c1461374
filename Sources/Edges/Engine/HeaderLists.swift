internal import HTTP

/// The header lists of one edge, built once for each host: most calls differ in nothing else.
struct HeaderLists {
    private let fixed: [(name: String, value: String)]
    private var byHost: [String: HTTPHeaderList] = [:]

    /// Publishers choose the hosts, so their number is bounded; beyond, all are built anew.
    private static let hostsMax = 4_096

    init(_ edge: EdgeConfiguration) {
        fixed = (edge.adapter.headers + [edge.credentials.header].compactMap(\.self)).map { ($0.name, $0.value) }
    }

    mutating func list(for host: String?) -> HTTPHeaderList {
        let host = host ?? ""
        if let known = byHost[host] { return known }
        let list: HTTPHeaderList
        do {
            list = try HTTPHeaderList(host.isEmpty ? fixed : fixed + [("Host", host)])
        } catch {
            preconditionFailure("adapters, hosts and credentials let no such header through: \(error)")
        }
        if byHost.count == Self.hostsMax { byHost.removeAll(keepingCapacity: true) }
        byHost[host] = list
        return list
    }
}
