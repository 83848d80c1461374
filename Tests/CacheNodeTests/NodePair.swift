import CacheNode
import Gateway
import HTTP
import Runtime
import TestSupport

/// Two nodes that ask for a token, each owning some keys.
struct NodePair {
    static let token = ["Authorization: Bearer cache-token-0123456789"]
    static let keys = (0..<12).map { "k\($0)" }

    let fixture: DurableFixture
    let nodes: [CacheFixture]

    /// - Parameter address: of the first node, as the other one hears of it; nil for the right one.
    init(
        _ purpose: String, address: String? = nil, _ configure: (inout CacheConfiguration) -> Void = { _ in }
    ) throws {
        fixture = try DurableFixture(purpose)
        let ports = try [freePort(), freePort()]
        nodes = try ports.enumerated().map { [fixture] number, port in
            let own = "http://127.0.0.1:\(port)"
            return try fixture.node(address: number == 0 ? address ?? own : own) {
                $0.server.http.port = port
                $0.server.tokens = ["cache-token-0123456789"]
                $0.server.operatorTokens = ["cache-token-0123456789"]
                configure(&$0)
            }
        }
        // All of them: no partition changes hands any more.
        try eventually("the nodes share the keys", within: .seconds(60)) {
            let owned = try nodes.map { node in try Self.keys.count { try owns(node, $0) } }
            return owned.allSatisfy { $0 > 0 } && owned.reduce(0, +) == Self.keys.count
        }
        guard address == nil else { return }
        // Each has heard of the other one's keys: what it asked while they changed hands is known for a moment.
        try eventually("each node finds the owners", within: .seconds(60)) {
            try nodes.allSatisfy { node in
                try Self.keys.allSatisfy { try node.get($0, headers: Self.token).status == 404 }
            }
        }
    }

    /// A node that was asked by another one asks no further.
    func owns(_ node: CacheFixture, _ key: String) throws -> Bool {
        let status = try node.get(key, headers: Self.token + ["Cache-Peer: 1"]).status
        return status != 421 && status != 503
    }

    /// Of one of the keys: the node that owns it, and the other one.
    func apart(_ key: String) throws -> (owner: CacheFixture, other: CacheFixture) {
        try owns(nodes[0], key) ? (nodes[0], nodes[1]) : (nodes[1], nodes[0])
    }
}
