import CacheNode
import Edges
import Foundation
import Gateway
import HTTP
import Invalidations
import Kafka
import Runtime
import TestSupport
import TopicCatalogue

/// A cache node with a real server and a real or an embedded cluster.
final class CacheFixture: Sendable {
    let role: CacheRole
    let kafka: KafkaConfiguration
    let metrics = MetricsRegistry()
    private let cluster: EmbeddedCluster?
    private let thread: RoleThread

    var port: Int { role.port ?? 0 }

    /// - Parameter kafka: a cluster with all topics; nil for an embedded one.
    init(
        kafka given: KafkaConfiguration? = nil, waitsForReady: Bool = true,
        _ configure: (inout CacheConfiguration) -> Void = { _ in }
    ) throws {
        if let given {
            (cluster, kafka) = (nil, given)
        } else {
            let embedded = try EmbeddedCluster()
            for topic in TopicCatalogue.all { try embedded.createTopic(topic.name, partitions: topic.partitions) }
            (cluster, kafka) = (embedded, KafkaConfiguration(brokers: [embedded.bootstrap]))
        }
        var configuration = CacheConfiguration(kafka: kafka)
        configuration.server.http.port = 0
        // What the client of these tests calls its server.
        configuration.server.hosts = [HostPattern("test")].compactMap(\.self)
        configuration.memory = 32 << 20
        configure(&configuration)
        role = CacheRole(configuration, metrics: metrics, log: .silent)
        thread = RoleThread(role, name: "cache")
        try thread.startRole()
        guard waitsForReady else {
            try eventually("the cache listens") { role.port != nil || thread.hasReturned }
            return
        }
        guard try thread.waitUntilReady() else {
            throw CacheFixtureError(description: "the cache was not ready: \(role.fault ?? "")")
        }
    }

    deinit { thread.end() }

    /// Ends the node, and waits for its end.
    func drain() throws { try thread.drain(within: .seconds(60)) }

    func get(_ key: String, _ query: String = "", method: String = "GET", headers: [String] = []) throws -> RawAnswer {
        try RawHTTP.get(port, "/cache?key=\(key)\(query)", method: method, headers: headers)
    }

    func post(_ key: String, _ body: String, _ query: String = "", headers: [String] = []) throws -> RawAnswer {
        try RawHTTP.post(port, body, to: "/cache?key=\(key)\(query)", headers: headers)
    }

    func put(_ key: String, _ body: String, _ query: String = "", headers: [String] = []) throws -> RawAnswer {
        try send("PUT", "/cache?key=\(key)\(query)", body, headers: headers)
    }

    func delete(_ key: String, _ query: String = "", headers: [String] = []) throws -> RawAnswer {
        try RawHTTP.get(port, "/cache?key=\(key)\(query)", method: "DELETE", headers: headers)
    }

    func send(_ method: String, _ target: String, _ body: String, headers: [String] = []) throws -> RawAnswer {
        let head =
            "\(method) \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
            + headers.map { $0 + "\r\n" }.joined() + "Content-Length: \(body.utf8.count)\r\n\r\n"
        return try RawHTTP.exchange(port, Array((head + body).utf8))
    }

}

struct CacheFixtureError: Error, CustomStringConvertible {
    let description: String
}
