import Foundation
import JSON
import Runtime

/// One request of the gateway's list.
struct ListedRequest {
    let id: String
    /// For people.
    let line: String
    /// As the gateway wrote it.
    let document: [UInt8]

    init(_ request: JSONValue) {
        var writer = JSONWriter()
        writer.copy(request)
        document = writer.bytes
        id = request["id"]?.string ?? ""
        let edges = "\(request["completedEdges"]?.int64 ?? 0)/\(request["totalEdges"]?.int64 ?? 0)"
        let status = (request["status"]?.string ?? "").padding(toLength: 10, withPad: " ", startingAt: 0)
        line = [
            request["requestedAt"]?.string ?? "", id, status,
            edges.padding(toLength: 8, withPad: " ", startingAt: 0), request["namespace"]?.string ?? "",
        ].joined(separator: "  ")
    }
}

/// Which requests are asked for, and how many.
struct RequestList {
    /// What a list may hold, so that it fits into memory.
    static let countMax = 10_000
    static let countDefault = 20
    /// A page may be empty and not the last: so many rows were looked at, and none of them matched. After so many
    /// of them one after another the search stops, and says where it goes on.
    private static let emptyPagesMax = 50

    /// Options that choose requests.
    static let filterOptions = ["namespace", "state", "since", "until", "source", "key", "edge", "edge-state"]
    /// The longest page that a gateway gives.
    private static let pageMax = 500

    private let client: GatewayClient
    private let filters: [String]
    private let start: String?
    let limit: Int

    init(_ client: GatewayClient, _ arguments: Arguments) throws {
        self.client = client
        limit =
            try arguments.value("limit").map {
                try ConfigurationValue(key: "limit", text: $0, origin: .flag("limit")).int(in: 1...Self.countMax)
            } ?? Self.countDefault
        start = arguments.value("after")
        filters = Self.filterOptions.compactMap { option in
            let name = option == "edge-state" ? "edgeState" : option
            return arguments.value(option).map { "\(name)=\(Self.escaped($0))" }
        }
    }

    /// Asks page by page.
    ///
    /// - Returns: the requests, newest first, and where the list goes on if it does.
    func fetch() throws -> (requests: [ListedRequest], next: String?) {
        var requests: [ListedRequest] = []
        var next = start
        var emptyPages = 0
        repeat {
            var query = filters + ["limit=\(min(limit - requests.count, Self.pageMax))"]
            if let next { query.append("cursor=\(Self.escaped(next))") }
            let answer = try client.call("GET", "/status?" + query.joined(separator: "&"), timeout: .seconds(10))
            let page: (requests: [ListedRequest], next: String?)
            do {
                page = try JSONParser(bytesMax: 4 << 20).parse(answer, Self.page)
            } catch {
                throw CommandError(.unavailable, "what answered at \(client.base) is no gateway: \(error)")
            }
            requests += page.requests
            next = page.next
            emptyPages = page.requests.isEmpty ? emptyPages + 1 : 0
        } while next != nil && requests.count < limit && emptyPages < Self.emptyPagesMax
        return (requests, next)
    }

    private static func page(_ root: JSONValue) throws -> (requests: [ListedRequest], next: String?) {
        guard let list = root["requests"] else { throw JSONError(message: "the answer has no requests") }
        var requests: [ListedRequest] = []
        list.forEachElement { requests.append(ListedRequest($0)) }
        return (requests, root["next"]?.string)
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
