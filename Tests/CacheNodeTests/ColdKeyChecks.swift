import CacheNode
import Caches
import Foundation
import HTTP
import Invalidations
import Runtime
import Synchronization
import TestSupport
import Testing

/// One load of a key, however many nodes are asked for it.
struct ColdKeyChecks {
    private static let shop = "&namespace=shop"

    let three: ThreeNodes
    let origin: OriginServer

    private final class Waiting: Sendable {
        let responders = Mutex<[HTTPResponder]>([])
    }

    private static func collapsedCount(_ node: CacheFixture) -> Int {
        let line = node.metrics.exposition().split(separator: "\n").first {
            $0.hasPrefix("cachesync_cache_collapsed_total ")
        }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    func aThousandReadersOfThreeNodesMakeOneCall() throws {
        let waiting = Waiting()
        origin.answer { _, responder in waiting.responders.withLock { $0.append(responder) } }
        let request = Array("GET /cache?key=cold\(Self.shop) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".utf8)
        let sockets = try (0..<1_000).map { try RawHTTP.connect(three.nodes[$0 % 3].port) }
        defer { sockets.forEach { _ = Glibc.close($0) } }
        for socket in sockets { #expect(RawHTTP.sendAtOnce(socket, request) == request.count) }
        // 64 readers of a namespace and a node wait at another one, and the others behind them.
        try eventually("readers of all nodes wait at the owner", within: .seconds(60)) {
            three.nodes.contains { Self.collapsedCount($0) >= 333 + 2 * 64 - 1 }
        }
        try hitsOfAnotherNamespacePass()
        let responders = waiting.responders.withLock { $0 }
        #expect(responders.count == 1)
        responders.first?.respond(OriginServer.value("7", [("Cache-Control", "max-age=60")]))
        let right = sockets.filter { socket in
            let answer = String(decoding: RawHTTP.readAll(socket), as: UTF8.self)
            return answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("\r\n\r\n7")
        }
        #expect(right.count == 1_000)
        #expect(origin.requests.count == 1)
        for node in three.nodes { #expect(try node.get("cold", Self.shop).text == "7") }
        #expect(origin.requests.count == 1)
    }

    /// While readers of a cold key wait, by way of all other nodes, in numbers that fill a namespace's connections.
    private func hitsOfAnotherNamespacePass() throws {
        for key in ThreeNodes.keys.suffix(6) {
            #expect(try three.nodes[0].post(key, "{\"value\":\"of all\"}").status == 200)
            for node in three.nodes { #expect(try node.get(key).text == "\"of all\"") }
        }
    }

    /// What a client stores in memory is found by way of each node, and a node that is away stops nobody.
    func eachNodeFindsWhatOneHas() throws {
        let before = origin.requests.count
        origin.answer { _, responder in
            responder.respond(OriginServer.value("\"loaded\"", [("Cache-Control", "max-age=60")]))
        }
        for (number, key) in ThreeNodes.keys.prefix(6).enumerated() {
            #expect(try three.nodes[number % 3].post(key, "{\"value\":\"own\"}", Self.shop).status == 200)
            for node in three.nodes { #expect(try node.get(key, Self.shop).text == "\"own\"") }
            #expect(try three.nodes[(number + 1) % 3].delete(key, Self.shop).status == 200)
            for node in three.nodes { #expect(try node.get(key, Self.shop).text == "\"loaded\"") }
        }
        #expect(origin.requests.count == before + 6, "one load of each key")
        let batch = "[{\"op\":\"set\",\"key\":\"k9\",\"value\":9},{\"op\":\"get\",\"key\":\"k9\"}]"
        for node in three.nodes {
            let answer = try node.send("POST", "/cache/batch?namespace=shop", batch)
            #expect(answer.list("results").map { $0["status"] as? Int } == [200, 200], "\(answer.text)")
        }
    }

    /// The same for rows of a table, whose values tell when they were asked for.
    func aRowIsLoadedOnceForAllNodes() throws {
        let tables = "&namespace=tables"
        for number in 1...9 {
            let key = "p\(number)"
            let values = try (0..<3).map { try three.nodes[(number + $0) % 3].get(key, tables) }
            #expect(values.allSatisfy { $0.status == 200 } && Set(values.map(\.text)).count == 1, "\(values)")
            #expect(try three.nodes[number % 3].post(key, "{\"value\":\(number)}", tables).status == 200)
            for node in three.nodes { #expect(try node.get(key, tables).text == "\(number)") }
        }
    }

    /// - Parameter gone: index of a node that ends.
    func readsGoOnWhileKeysChangeHands(_ gone: Int) throws {
        try three.nodes[gone].drain()
        for key in ThreeNodes.keys {
            #expect(try three.nodes[(gone + 1) % 3].get(key, Self.shop).status == 200)
        }
    }
}
