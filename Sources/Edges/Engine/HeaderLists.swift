internal import HTTP

/// The header lists of one edge, built once for each host and scheme: most calls differ in nothing else.
struct HeaderLists {
    private let fixed: [(name: String, value: String)]
    private var lists: [Key: HTTPHeaderList] = [:]

    private struct Key: Hashable {
        let host: String?
        let scheme: URLScheme?
    }

    /// Publishers choose the hosts, so their number is bounded; beyond, all are built anew.
    private static let listsMax = 4_096

    init(_ edge: EdgeConfiguration) {
        let secret = [edge.credentials.header].compactMap(\.self)
        fixed = (edge.adapter.headers + edge.headers + secret).map { ($0.name, $0.value) }
    }

    /// What no header can hold goes with the request as it is: the client refuses it, and says why.
    mutating func apply(to request: inout HTTPClientRequest, _ call: EdgeCall) {
        let key = Key(host: call.host, scheme: call.scheme)
        if let known = lists[key] {
            request.sharedHeaders = known
            return
        }
        var fields = fixed
        if let scheme = call.scheme { fields.append(("X-Forwarded-Proto", scheme.rawValue)) }
        if let host = call.host, !host.isEmpty { fields.append(("Host", host)) }
        guard let list = try? HTTPHeaderList(fields) else {
            request.headers = fields + request.headers
            return
        }
        if lists.count == Self.listsMax { lists.removeAll(keepingCapacity: true) }
        lists[key] = list
        request.sharedHeaders = list
    }
}
