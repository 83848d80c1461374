import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Invalidations
import Runtime
import TestSupport

/// Three nodes on one real Kafka and one database, each of which owns some keys.
struct ThreeNodes {
    static let keys = (0..<24).map { "k\($0)" }

    let fixture: DurableFixture
    let nodes: [CacheFixture]

    /// - Parameter configure: of each node.
    init(_ purpose: String, _ configure: @escaping (inout CacheConfiguration) -> Void) throws {
        fixture = try DurableFixture(purpose)
        let ports = try (0..<3).map { _ in try freePort() }
        nodes = try ports.map { [fixture] port in
            try fixture.node(address: "http://127.0.0.1:\(port)") {
                $0.server.http.port = port
                $0.server.http.perAddressLimit = 0
                $0.server.http.connectionLimit = 2_048
                configure(&$0)
            }
        }
        try eventually("each node owns one of the three partitions", within: .seconds(60)) {
            let found = try Self.keys.map { try owners(of: $0) }
            return found.allSatisfy { $0.count == 1 } && Set(found.map { $0[0].port }).count == 3
        }
        // What a node heard of owners while keys changed hands counts for a second.
        try eventually("each node finds them", within: .seconds(60)) {
            try nodes.allSatisfy { node in
                try Self.keys.allSatisfy { try [200, 404].contains(node.get($0).status) }
            }
        }
    }

    /// The nodes that own a key. One that was asked by another node asks no further.
    private func owners(of key: String) throws -> [CacheFixture] {
        try nodes.filter { ![421, 503].contains(try $0.get(key, headers: ["Cache-Peer: 1"]).status) }
    }

    /// Of the default namespace: the owner of a key, and the others.
    func apart(_ key: String) throws -> (owner: CacheFixture, others: [CacheFixture]) {
        guard let owner = try owners(of: key).first else {
            throw CacheFixtureError(description: "nobody owns \(key)")
        }
        return (owner, nodes.filter { $0 !== owner })
    }
}
