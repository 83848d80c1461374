import Foundation
import Gateway
import Invalidations
import JSON
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Tests of live streams: what they tell, and where they go on.
@Suite(.timeLimit(.minutes(2)))
struct StreamTests {
    private static func snapshot(
        _ id: RequestID, _ states: [(String, EdgeState)], namespace: String = "shop", generation: UInt32 = 0
    ) throws -> [UInt8] {
        let progress = Invalidations.Progress(
            id: id, namespace: try #require(Namespace(namespace)), generation: generation, requestedAt: .now(),
            at: .now(), source: "worker-test", edges: states.map { .init($0.0, $0.1) })
        var writer = JSONWriter()
        ProgressEncoder.encode(progress, into: &writer)
        return writer.bytes
    }

    private static func tell(
        _ gateway: GatewayFixture, _ id: RequestID, _ states: [(String, EdgeState)], partition: Int32 = 3,
        generation: UInt32 = 0
    ) throws {
        try gateway.store(
            [try snapshot(id, states, generation: generation)], in: TopicName.progress, partition)
    }

    private static func open(
        _ gateway: GatewayFixture, _ target: String = "/events", from id: String? = nil, headers: [String] = []
    ) throws -> EventStreamClient {
        let client = try EventStreamClient(
            port: gateway.port, target, headers: (id.map { ["Last-Event-ID: \($0)"] } ?? []) + headers)
        try eventually("the stream is open") { try gateway.metric("cachesync_gateway_streams") >= 1 }
        return client
    }

    private static func publish(_ gateway: GatewayFixture, _ tag: String, in namespace: String = "shop") throws
        -> RequestID
    {
        try gateway.publish(#"{"namespace":"\#(namespace)","tags":["\#(tag)"],"source":"test"}"#).0
    }

    @Test func requestsAndTheirProgressAreTold() throws {
        let gateway = try GatewayFixture()
        let client = try Self.open(gateway, "/events?namespace=shop")
        #expect(client.status == 200)
        #expect(client.head.contains("Content-Type: text/event-stream"))
        #expect(client.head.contains("Cache-Control: no-store"))
        _ = try Self.publish(gateway, "other", in: "blog")
        let id = try Self.publish(gateway, "product-42")
        let told = try #require(try client.next())
        #expect(told.name == "invalidation" && told.id != nil)
        #expect(told.object["id"] as? String == id.text && told.object["namespace"] as? String == "shop")
        #expect((told.object["selectors"] as? [String: Any])?["tags"] as? [String] == ["product-42"])
        #expect(told.object["mode"] as? String == "hard" && told.object["source"] as? String == "test")
        #expect((told.object["requestedAt"] as? String).flatMap { Timestamp($0) } != nil)
        try Self.tell(gateway, id, [("varnish-1", .sending), ("shop-only", .queued)])
        try Self.tell(gateway, id, [("varnish-1", .purged), ("shop-only", .queued)])
        let first = try #require(try client.next())
        #expect(first.name == "progress" && (first.object["edges"] as? [Any])?.count == 2)
        #expect(first.object["status"] as? String == "processing")
        let second = try #require(try client.next())
        let edges = second.object["edges"] as? [[String: Any]] ?? []
        #expect(edges.count == 1 && edges.first?["edge"] as? String == "varnish-1")
        #expect(edges.first?["state"] as? String == "purged")
    }

    @Test func aStreamGoesOnWhereItWasCut() throws {
        let gateway = try GatewayFixture()
        let client = try Self.open(gateway)
        var ids = try (0..<4).map { try Self.publish(gateway, "t\($0)") }
        var seen: [String] = []
        for _ in 0..<2 { seen += [try client.next("invalidation")?.object["id"] as? String].compactMap(\.self) }
        let middle = client.lastEventID
        ids += try (4..<8).map { try Self.publish(gateway, "t\($0)", in: "n\($0)") }
        let other = try Self.open(gateway, from: middle)
        for _ in 0..<6 { seen += [try other.next("invalidation")?.object["id"] as? String].compactMap(\.self) }
        #expect(seen.sorted() == ids.map(\.text).sorted())
        let last = try Self.publish(gateway, "last")
        #expect(try other.next()?.object["id"] as? String == last.text)
        // Again from the same place, and from the end.
        #expect(try Self.open(gateway, from: other.lastEventID, headers: []).status == 200)
        let third = try Self.open(gateway, from: other.lastEventID)
        let later = try Self.publish(gateway, "later")
        #expect(try third.next()?.object["id"] as? String == later.text)
    }

    @Test func whoHasMissedSomethingIsTold() throws {
        let gateway = try GatewayFixture()
        let first = try Self.open(gateway)
        _ = try Self.publish(gateway, "a")
        _ = try first.next()
        let layout = PositionLayout(
            (TopicName.invalidations + [TopicName.progress]).flatMap { topic in
                (0..<12).map { TopicPartition(topic, $0) }
            })
        // A text of ours, so the layout is the gateway's.
        #expect(layout.positions(first.lastEventID)?.count == 48)
        for text in ["nonsense", "end", String(repeating: "A", count: 5_000)] {
            let client = try Self.open(gateway, from: text)
            let event = try #require(try client.next())
            #expect(event.name == "reset" && event.object["reason"] is String && event.id != nil, "\(text.prefix(9))")
        }
        // Positions that the log does not have: it was made anew since.
        let beyond = try Self.open(gateway, from: layout.text(Array(repeating: 1_000_000, count: 48)))
        #expect(try beyond.next()?.name == "reset")
        let id = try Self.publish(gateway, "b")
        #expect(try beyond.next()?.object["id"] as? String == id.text)
        #expect(try gateway.metric("cachesync_gateway_stream_resets_total") == 4)
    }

    @Test func aRequestIsFollowedToItsEnd() throws {
        let gateway = try GatewayFixture()
        let id = try Self.publish(gateway, "a")
        let client = try Self.open(gateway, "/status/\(id)/events")
        let status = try #require(try client.next())
        #expect(status.name == "status" && status.object["status"] as? String == "queued")
        #expect(status.object["statusUrl"] as? String == "/status/\(id)")
        #expect(status.object["totalEdges"] as? Int == 3)
        try Self.tell(gateway, id, [("varnish-1", .sending), ("shop-only", .sending)])
        let progress = try #require(try client.next())
        #expect(progress.name == "progress" && progress.object["status"] as? String == "processing")
        try Self.tell(gateway, id, [("varnish-1", .purged), ("shop-only", .purged)])
        #expect(try client.next()?.object["status"] as? String == "completed")
        let end = try #require(try client.next())
        #expect(end.name == "end" && end.object["status"] as? String == "completed")
        #expect(try client.next() == nil && client.hasEnded)
        // The view knows it by now, too; who has seen the end is told to stay away.
        try gateway.fold(id, namespace: "shop", [.init("varnish-1", .purged), .init("shop-only", .purged)])
        let reconnected = try EventStreamClient(
            port: gateway.port, "/status/\(id)/events", headers: ["Last-Event-ID: \(client.lastEventID)"])
        #expect(reconnected.status == 204)
        let late = try EventStreamClient(port: gateway.port, "/status/\(id)/events")
        #expect(try late.next()?.object["status"] as? String == "completed")
        #expect(try late.next()?.name == "end")
    }

    /// The view may be behind the log, and ahead of it.
    @Test func theBeginningJoinsTheViewAndTheLog() throws {
        let gateway = try GatewayFixture()
        let id = try Self.publish(gateway, "a")
        let watch = try Self.open(gateway)
        try Self.tell(gateway, id, [("varnish-1", .purged), ("shop-only", .sending)])
        _ = try watch.next("progress")
        try gateway.fold(id, namespace: "shop", [.init("shop-only", .purged), .init("nginx-1", .sending)])
        let client = try Self.open(gateway, "/status/\(id)/events?namespace=shop")
        let status = try #require(try client.next())
        let edges = status.object["edges"] as? [[String: Any]] ?? []
        #expect(edges.map { $0["state"] as? String ?? "" } == ["sending", "purged", "purged"])
        // It says what the client knows already, and then something new.
        try Self.tell(gateway, id, [("shop-only", .sending)])
        try Self.tell(gateway, id, [("nginx-1", .verified)])
        #expect(try client.next()?.object["status"] as? String == "completed")
        #expect(try client.next()?.name == "end")
    }

    @Test func wrongCallsAreRefused() throws {
        let gateway = try GatewayFixture { $0.streamsMax = 2 }
        func status(_ target: String) throws -> Int { try RawHTTP.get(gateway.port, target).status }
        #expect(try status("/status/x/events") == 400)
        #expect(try status("/status/\(RequestID(high: 0x0190_0000_0000_7000, low: 1 << 63))/events") == 404)
        #expect(try status("/events?namespace=a%20b") == 400)
        #expect(try status("/events?namspace=a") == 400)
        #expect(try RawHTTP.post(gateway.port, "{}", to: "/events").status == 405)
        let head = try RawHTTP.get(gateway.port, "/events", method: "HEAD")
        #expect(head.status == 200 && head.header("Content-Type") == "text/event-stream")
        let clients = try (0..<2).map { _ in try Self.open(gateway) }
        try eventually("both are open") { try gateway.metric("cachesync_gateway_streams") == 2 }
        let third = try RawHTTP.get(gateway.port, "/events")
        #expect(third.status == 503 && third.header("Retry-After") != nil)
        #expect(third.string("type") == "/problems/overloaded")
        withExtendedLifetime(clients) {}
    }

    @Test func clientsThatLeaveAreNotCounted() throws {
        let gateway = try GatewayFixture { $0.streamsPerClient = 1 }
        var client: EventStreamClient? = try Self.open(gateway)
        #expect(try RawHTTP.get(gateway.port, "/events").status == 503)
        #expect(client?.status == 200)
        client = nil
        try eventually("nobody is left") { try gateway.metric("cachesync_gateway_streams") == 0 }
        #expect(try Self.open(gateway).status == 200)
    }

    @Test func largeSelectorsAreWidened() throws {
        let gateway = try GatewayFixture()
        let client = try Self.open(gateway)
        let tags = (0..<200).map { "\"tag-\($0)-\(String(repeating: "x", count: 100))\"" }.joined(separator: ",")
        _ = try gateway.publish("{\"namespace\":\"shop\",\"tags\":[\(tags)]}")
        let event = try #require(try client.next())
        #expect(event.object["isWidened"] as? Bool == true)
        #expect((event.object["selectors"] as? [String: Any])?["everything"] as? Bool == true)
        #expect(event.data.utf8.count < 1_000)
    }

    @Test func aStoppingGatewayEndsItsStreams() throws {
        let gateway = try GatewayFixture()
        let id = try Self.publish(gateway, "a")
        let clients = [try Self.open(gateway), try Self.open(gateway, "/status/\(id)/events")]
        #expect(try clients[1].next()?.name == "status")
        try gateway.drain()
        for client in clients { #expect(try client.next() == nil && client.hasEnded) }
    }

    @Test func streamsBeatAndEndWithTheirCredential() throws {
        let directory = try TemporaryDirectory("stream-keys")
        let file = KeyFile(path: directory.file("keys.yaml"))
        func key(_ namespaces: [String]?) throws -> (key: APIKey, text: String) {
            let grant = Grant(namespaces: namespaces?.compactMap { NamespacePattern($0) })
            let made = try APIKey.make(name: "test", scopes: [.read, .publish], grant: grant)
            try file.add(made.key)
            return made
        }
        let (all, shop, other) = (try key(nil), try key(["shop"]), try key(["shop"]))
        let path = file.path
        let gateway = try GatewayFixture { $0.keysPath = path }
        func header(_ key: (key: APIKey, text: String)) -> [String] { ["Authorization: Bearer \(key.text)"] }
        #expect(try RawHTTP.get(gateway.port, "/events").status == 401)
        #expect(try RawHTTP.get(gateway.port, "/events?namespace=blog", headers: header(shop)).status == 403)
        let client = try Self.open(gateway, headers: header(shop))
        let revoked = try Self.open(gateway, headers: header(other))
        for namespace in ["blog", "shop", "shopping"] {
            _ = try gateway.publish(#"{"namespace":"\#(namespace)","tags":["a"]}"#, headers: header(all))
        }
        #expect(try client.next()?.object["namespace"] as? String == "shop")
        let before = client.lastEventID
        try file.revoke(other.key.id)
        _ = try gateway.publish(#"{"namespace":"blog","tags":["b"]}"#, headers: header(all))
        #expect(try revoked.next()?.object["namespace"] as? String == "shop")
        // At its next beat, and not by the server's end.
        #expect(try revoked.next() == nil && revoked.hasEnded)
        try eventually("one stream is left") { try gateway.metric("cachesync_gateway_streams") == 1 }
        // The other hears nothing but beats, and has a later id all the same. The first one may be of before.
        for _ in 1...2 where client.lastEventID == before { #expect(try client.nextBeat()) }
        #expect(client.lastEventID != before)
        _ = try gateway.publish(#"{"namespace":"shop","tags":["c"]}"#, headers: header(all))
        #expect(try client.next()?.object["namespace"] as? String == "shop")
    }
}
