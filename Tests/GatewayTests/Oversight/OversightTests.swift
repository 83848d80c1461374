import Gateway
import HTTP
import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Tests of namespaces, lag, audit, keys and access: what is told, and to whom.
@Suite(.timeLimit(.minutes(2)))
struct OversightTests {
    private static let group = "workers-of-the-test"

    private static func get(_ gateway: GatewayFixture, _ text: String, _ target: String) throws -> RawAnswer {
        try RawHTTP.get(gateway.port, target, headers: ["Authorization: Bearer \(text)"])
    }

    /// The entries of all pages of a list, each page by itself.
    private static func pages(
        _ gateway: GatewayFixture, _ text: String, _ target: String
    ) throws -> [[[String: Any]]] {
        var pages: [[[String: Any]]] = []
        var cursor = ""
        repeat {
            let page = try get(gateway, text, target + cursor)
            pages.append(page.list("entries"))
            let next = page.object["next"] as? String
            #expect(page.status == 200 && page.object["complete"] as? Bool == (next == nil), "\(page)")
            guard let next, pages.count < 100 else { return pages }
            cursor = "&cursor=\(next)"
        } while true
    }

    private static func name(_ entry: [String: Any]) -> String {
        ["at", "kind", "action", "run", "key", "request"].map { "\(entry[$0] ?? "")" }.joined(separator: " ")
    }

    /// A gateway with API keys of these scopes, and the keys' texts.
    private static func gateway(
        _ keys: [(scopes: Scopes, namespaces: [String]?)]
    ) throws -> (gateway: GatewayFixture, texts: [String], file: KeyFile, directory: TemporaryDirectory) {
        let directory = try TemporaryDirectory("oversight")
        let file = KeyFile(path: directory.file("keys.yaml"))
        let texts = try keys.enumerated().map { index, key in
            let grant = Grant(namespaces: key.namespaces?.compactMap { NamespacePattern($0) })
            let made = try APIKey.make(name: "key-\(index)", scopes: key.scopes, grant: grant)
            try file.add(made.key)
            return made.text
        }
        let gateway = try GatewayFixture {
            $0.keysPath = file.path
            $0.operatorTokens = ["a-token-of-operators-that-nobody-guesses"]
            $0.workerGroup = group
            $0.strictNamespaces = [.exactly("shop")]
            $0.limits.perNamespace = Quota(amount: 50, seconds: 2)
        }
        return (gateway, texts, file, directory)
    }

    @Test func namespacesAreToldToWhoMaySeeThem() throws {
        let (gateway, texts, _, directory) = try Self.gateway([
            ([.read], nil), ([.read], ["shop"]), ([.read, .operate], nil), ([.publish], nil),
        ])
        defer { withExtendedLifetime(directory) {} }
        for (namespace, count) in [("blog", 3), ("shop", 1)] {
            for _ in 0..<count {
                try gateway.fold(
                    RequestID(at: .now()), namespace: namespace, [.init("varnish-1", .purged)])
            }
        }
        let all = try Self.get(gateway, texts[0], "/namespaces")
        let namespaces = all.list("namespaces")
        #expect(all.status == 200 && namespaces.map { $0["namespace"] as? String } == ["blog", "shop"], "\(all)")
        #expect(namespaces.map { $0["published"] as? Int } == [3, 1])
        #expect(namespaces.map { $0["completed"] as? Int } == [3, 1])
        #expect(namespaces.map { $0["strict"] as? Bool } == [false, true])
        #expect(namespaces.allSatisfy { $0["deadLetters"] == nil }, "dead letters are the operators'")
        let limit = all.object["limit"] as? [String: Any]
        #expect(limit?["requests"] as? Int == 50 && limit?["seconds"] as? Int == 2)
        #expect(all.object["complete"] as? Bool == true)
        let one = try Self.get(gateway, texts[0], "/namespaces?limit=1")
        #expect(one.list("namespaces").count == 1 && one.object["complete"] as? Bool == false)
        let named = try Self.get(gateway, texts[0], "/namespaces?name=ho")
        #expect(named.list("namespaces").map { $0["namespace"] as? String } == ["shop"], "\(named)")
        #expect(try Self.get(gateway, texts[0], "/namespaces?name=").string("parameter") == "name")
        let own = try Self.get(gateway, texts[1], "/namespaces").list("namespaces")
        #expect(own.map { $0["namespace"] as? String } == ["shop"])
        let operators = try Self.get(gateway, texts[2], "/namespaces").list("namespaces")
        #expect(operators.map { $0["deadLetters"] as? Int } == [0, 0])
        #expect(try Self.get(gateway, texts[3], "/namespaces").status == 403)
        let later = try Self.get(gateway, texts[0], "/namespaces?since=\((Timestamp.now() + 120_000).text)")
        #expect(later.status == 200 && later.list("namespaces").isEmpty)
    }

    @Test func lagIsToldByPartition() throws {
        let (gateway, texts, _, directory) = try Self.gateway([([.operate], nil), ([.read], nil)])
        defer { withExtendedLifetime(directory) {} }
        try gateway.store([[1], [2], [3]], in: TopicName.normal, 4)
        let consumer = try KafkaConsumer(
            KafkaConfiguration(brokers: gateway.cluster.brokers), ConsumerTuning(group: Self.group))
        defer { consumer.close(deadline: .seconds(1)) }
        try consumer.commitSync(
            [CommitOffset(TopicPartition(TopicName.normal, 4), offset: 1)], timeout: .seconds(10))
        let answer = try Self.get(gateway, texts[0], "/lag")
        let readers = answer.list("readers")
        #expect(answer.status == 200 && readers.map { $0["reader"] as? String } == ["workers", "view"], "\(answer)")
        #expect(readers.first?["group"] as? String == Self.group)
        for (reader, waiting) in zip(readers, [2, 3]) {
            let topics = reader["topics"] as? [[String: Any]] ?? []
            let topic = try #require(topics.first { $0["topic"] as? String == TopicName.normal })
            let partitions = topic["partitions"] as? [[String: Any]] ?? []
            #expect(topic["records"] as? Int == waiting && partitions.count == 12)
            let partition = try #require(partitions.first { $0["partition"] as? Int == 4 })
            #expect(partition["records"] as? Int == waiting && partition["end"] as? Int == 3, "\(partition)")
            #expect(partition["committed"] as? Int == 3 - waiting)
            #expect(partition["oldest"] is String && partition["seconds"] is Double, "\(partition)")
            #expect(topic["oldest"] as? String == partition["oldest"] as? String)
            let others = partitions.filter { $0["partition"] as? Int != 4 }
            #expect(others.allSatisfy { $0["records"] as? Int == 0 && !($0["oldest"] is String) })
        }
        #expect(try Self.get(gateway, texts[1], "/lag").status == 403)
    }

    @Test func theAuditListsOrdersAndKeys() throws {
        let (gateway, texts, file, directory) = try Self.gateway([([.operate], nil), ([.operate], ["shop-*"])])
        defer { withExtendedLifetime(directory) {} }
        let shop = ["Authorization: Bearer \(texts[1])"]
        let body = #"{"from":"-1h","namespaces":["shop-1"],"reason":"a test"}"#
        #expect(try RawHTTP.post(gateway.port, body, to: "/replays", headers: shop).status == 202)
        let all = ["Authorization: Bearer \(texts[0])"]
        #expect(try RawHTTP.post(gateway.port, #"{"from":"-1h"}"#, to: "/replays", headers: all).status == 202)
        try gateway.foldOrders()
        let entries = try Self.get(gateway, texts[0], "/audit").list("entries")
        #expect(entries.filter { $0["kind"] as? String == "replay" }.count == 2, "\(entries)")
        #expect(entries.filter { $0["kind"] as? String == "key" }.count == 2)
        let times = entries.compactMap { $0["at"] as? String }
        #expect(times == times.sorted(by: >) && times.count == 4)
        let own = try Self.get(gateway, texts[1], "/audit").list("entries")
        #expect(own.compactMap { $0["namespaces"] as? [String] } == [["shop-1"]], "\(own)")
        #expect(own.compactMap { $0["reason"] as? String } == ["a test"])
        #expect(own.compactMap { $0["name"] as? String } == ["key-1"], "the other key is for all namespaces")
        let found = try Self.get(gateway, texts[0], "/audit?who=key-1&limit=5").list("entries")
        #expect(found.count == 1 && (found.first?["who"] as? String)?.hasPrefix("key-1 ") == true, "\(found)")
        #expect(try Self.get(gateway, texts[0], "/audit?limit=1").object["complete"] as? Bool == false)
        for limit in 1...5 {
            let pages = try Self.pages(gateway, texts[0], "/audit?limit=\(limit)")
            #expect(pages.count == (4 + limit - 1) / limit, "\(limit) a page: \(pages)")
            #expect(pages.flatMap { $0 }.map(Self.name) == entries.map(Self.name), "\(limit) a page: \(pages)")
        }
        #expect(try Self.pages(gateway, texts[0], "/audit?limit=1&kind=key").count == 2)
        for cursor in ["x", "1", "-1.0", "1.-1", "1.0.x"] {
            #expect(try Self.get(gateway, texts[0], "/audit?cursor=\(cursor)").string("parameter") == "cursor")
        }
        let id = try #require(entries.first { $0["name"] as? String == "key-1" }?["key"] as? String)
        try file.revoke(id)
        try eventually("the key's end is in the audit") {
            try Self.get(gateway, texts[0], "/audit").list("entries").contains { $0["action"] as? String == "revoked" }
        }
    }

    @Test func whoPublishedIsInTheAuditAndInTheStatus() throws {
        let (gateway, texts, _, directory) = try Self.gateway([
            ([.operate, .read, .publish], nil), ([.operate, .publish], ["blog"]), ([.read], nil),
        ])
        defer { withExtendedLifetime(directory) {} }
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var ids: [String] = []
        for (key, namespace) in [(0, "shop"), (1, "blog")] {
            let answer = try RawHTTP.post(
                gateway.port, #"{"namespace":"\#(namespace)","tags":["a","b"],"mode":"soft","source":"deploy"}"#,
                to: "/invalidate", headers: ["Authorization: Bearer \(texts[key])", "traceparent: \(trace)"])
            #expect(answer.status == 202, "\(answer)")
            ids.append(try #require(answer.string("id")))
        }
        try gateway.foldPublications()
        let entries = try Self.get(gateway, texts[0], "/audit?kind=publication").list("entries")
        #expect(Set(entries.compactMap { $0["request"] as? String }) == Set(ids), "\(entries)")
        let names = entries.compactMap { ($0["who"] as? String)?.split(separator: " ").first.map(String.init) }
        #expect(names.sorted() == ["key-0", "key-1"], "\(entries)")
        #expect(entries.allSatisfy { $0["kind"] as? String == "publication" && $0["action"] as? String == "published" })
        let own = try Self.get(gateway, texts[1], "/audit?kind=publication").list("entries")
        #expect(own.compactMap { $0["request"] as? String } == [ids[1]], "\(own)")
        let found = try Self.get(gateway, texts[0], "/audit?kind=publication&who=key-0").list("entries")
        #expect(found.compactMap { $0["request"] as? String } == [ids[0]])
        let pages = try Self.pages(gateway, texts[0], "/audit?kind=publication&limit=1")
        #expect(pages.map(\.count).reduce(0, +) == 2, "\(pages)")
        #expect(Set(pages.compactMap { $0.first?["request"] as? String }) == Set(ids))
        let others = try Self.pages(gateway, texts[0], "/audit?kind=publication&who=nobody&limit=1")
        #expect(others.flatMap { $0 }.isEmpty)
        #expect(try Self.get(gateway, texts[0], "/audit").list("entries").allSatisfy { $0["request"] == nil })
        #expect(try Self.get(gateway, texts[0], "/audit?kind=key").list("entries").count == 3)
        #expect(try Self.get(gateway, texts[0], "/audit?kind=other").string("parameter") == "kind")
        let status = try Self.get(gateway, texts[2], "/status/\(ids[0])")
        let publication = try #require(status.object["publication"] as? [String: Any], "\(status)")
        #expect((publication["principal"] as? String)?.hasPrefix("key-0 ") == true, "\(publication)")
        #expect(publication["traceparent"] as? String == trace)
        #expect((publication["origin"] as? String)?.hasPrefix("\(TopicName.normal)/0/") == true, "\(publication)")
        #expect(publication["mode"] as? String == "soft" && publication["source"] as? String == "deploy")
        #expect((publication["selectors"] as? [String: Any])?["tags"] as? [String] == ["a", "b"])
        #expect((publication["selectorCounts"] as? [String: Any])?["tags"] as? Int == 2)
    }

    @Test func keysAreListedWithoutTheirSecrets() throws {
        let (gateway, texts, file, directory) = try Self.gateway([
            ([.operate], nil), ([.operate], ["shop-*"]), ([.publish], ["shop-1"]), ([.read], nil),
        ])
        defer { withExtendedLifetime(directory) {} }
        let all = try Self.get(gateway, texts[0], "/keys")
        #expect(all.status == 200 && all.list("keys").count == 4, "\(all)")
        #expect(all.list("keys").allSatisfy { $0["state"] as? String == "valid" && $0["hash"] == nil })
        for key in try file.read() { #expect(all.text.contains(key.id)) }
        for text in texts { #expect(!all.text.contains(text.suffix(43))) }
        #expect(!all.text.contains("nobody-guesses"))
        #expect((all.object["tokens"] as? [String: Any])?["operator"] as? Int == 1)
        let own = try Self.get(gateway, texts[1], "/keys")
        #expect(Set(own.list("keys").compactMap { $0["name"] as? String }) == ["key-1", "key-2"])
        #expect(own.object["tokens"] == nil && own.object["certificates"] == nil)
        var names: Set<String> = []
        var next: String? = ""
        while let after = next {
            let page = try Self.get(gateway, texts[0], "/keys?limit=3" + (after.isEmpty ? "" : "&after=\(after)"))
            names.formUnion(page.list("keys").compactMap { $0["name"] as? String })
            next = page.string("next")
        }
        #expect(names.count == 4)
        #expect(try Self.get(gateway, texts[0], "/keys?after=x").string("parameter") == "after")
        #expect(try Self.get(gateway, texts[3], "/keys").status == 403)
        #expect(try RawHTTP.get(gateway.port, "/keys").status == 401)
    }

    @Test func accessSaysWhatTheCredentialOpens() throws {
        let (gateway, texts, _, directory) = try Self.gateway([([.publish], ["shop-*"]), ([.cache], nil)])
        defer { withExtendedLifetime(directory) {} }
        let shop = try Self.get(gateway, texts[0], "/access")
        #expect(shop.status == 200 && shop.object["scopes"] as? [String] == ["publish"], "\(shop)")
        #expect(shop.object["namespaces"] as? [String] == ["shop-*"])
        #expect(shop.object["authenticated"] as? Bool == true)
        #expect(try Self.get(gateway, texts[1], "/access").object["scopes"] as? [String] == ["cache"])
        #expect(try RawHTTP.get(gateway.port, "/access").status == 401)
        #expect(try Self.get(gateway, texts[0] + "x", "/access").status == 401)
        let open = try GatewayFixture { $0.operatorTokens = ["a-token-of-operators-that-nobody-guesses"] }
        let everybody = try RawHTTP.get(open.port, "/access")
        #expect(everybody.object["scopes"] as? [String] == ["publish", "read", "cache"], "\(everybody)")
        let token = "a-token-of-operators-that-nobody-guesses"
        #expect((try Self.get(open, token, "/access").object["scopes"] as? [String])?.contains("operate") == true)
    }
}
