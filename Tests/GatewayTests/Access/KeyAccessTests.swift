import Edges
import Foundation
import Gateway
import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import TopicCatalogue

/// Tests of API keys: which are let in, to what, and for how long.
@Suite(.timeLimit(.minutes(2)))
struct KeyAccessTests {
    /// A file of keys, and the texts of those in it.
    private final class Keys {
        let directory: TemporaryDirectory
        let file: KeyFile

        init() throws {
            directory = try TemporaryDirectory("keys")
            file = KeyFile(path: directory.file("keys.yaml"))
        }

        func add(
            _ scopes: Scopes = [.publish, .read], namespaces: [String]? = nil, hosts: [String]? = nil,
            expiresAt: Timestamp? = nil
        ) throws -> (key: APIKey, text: String) {
            let grant = Grant(
                namespaces: namespaces?.compactMap { NamespacePattern($0) },
                hosts: hosts?.compactMap { HostPattern($0) })
            let made = try APIKey.make(name: "test", scopes: scopes, grant: grant, expiresAt: expiresAt)
            try file.add(made.key)
            return made
        }

        func gateway() throws -> GatewayFixture {
            let path = file.path
            return try GatewayFixture { $0.keysPath = path }
        }
    }

    private static func post(
        _ gateway: GatewayFixture, _ text: String?, _ body: String = #"{"tags":["a"]}"#,
        to target: String = "/invalidate"
    ) throws -> RawAnswer {
        try RawHTTP.post(
            gateway.port, body, to: target, headers: text.map { ["Authorization: Bearer \($0)"] } ?? [])
    }

    private static func get(_ gateway: GatewayFixture, _ text: String, _ target: String) throws -> RawAnswer {
        try RawHTTP.get(gateway.port, target, headers: ["Authorization: Bearer \(text)"])
    }

    @Test func goodKeysAloneAreLetIn() throws {
        let keys = try Keys()
        let good = try keys.add()
        let expired = try keys.add(expiresAt: Timestamp.now() + -1_000)
        let revoked = try keys.add()
        try keys.file.revoke(revoked.key.id)
        let foreign = try APIKey.make(name: "other", scopes: .all, grant: .unlimited).text
        let gateway = try keys.gateway()
        // The id of one key with the secret of another is neither.
        let mixed = good.text.prefix(16) + foreign.dropFirst(16)
        let cases: [(text: String?, status: Int, reason: String)] = [
            (good.text, 202, ""), (nil, 401, "missing"), (foreign, 401, "unknown"), (String(mixed), 401, "unknown"),
            (String(good.text.dropLast()), 401, "unknown"), (good.text + "A", 401, "unknown"),
            (good.text.uppercased(), 401, "unknown"), ("cs_" + good.key.id, 401, "unknown"), ("cs__", 401, "unknown"),
            (expired.text, 401, "expired"), (revoked.text, 401, "revoked"),
        ]
        for one in cases {
            let answer = try Self.post(gateway, one.text)
            #expect(answer.status == one.status, "\(one.reason): \(answer)")
            guard one.status == 401 else { continue }
            #expect(try gateway.metric("cachesync_gateway_refused_total{reason=\"\(one.reason)\"}") > 0)
            let challenge = answer.header("WWW-Authenticate") ?? ""
            #expect(challenge.contains("invalid_token") == (one.text != nil), "\(challenge)")
            #expect(!"\(answer)".contains(good.text.suffix(20)))
        }
        let records = try gateway.records(of: TopicName.normal)
        #expect(records.count == 1)
        let value = records.first?.headers.first { $0.name == "cs-principal" }?.value
        #expect(value == Array("test (key \(good.key.id))".utf8))
    }

    @Test func scopesOpenTheirCalls() throws {
        let keys = try Keys()
        let texts = [
            try keys.add([.publish]).text, try keys.add([.read]).text, try keys.add([.operate]).text,
            try keys.add([.cache]).text,
        ]
        let gateway = try keys.gateway()
        let expected = [[202, 403, 403], [403, 200, 403], [403, 403, 200], [403, 403, 403]]
        for (text, statuses) in zip(texts, expected) {
            let answers = [
                try Self.post(gateway, text), try Self.get(gateway, text, "/status"),
                try Self.get(gateway, text, "/dead"),
            ]
            #expect(answers.map(\.status) == statuses)
            for answer in answers where answer.status == 403 {
                #expect(answer.string("type") == "/problems/scope-needed")
                #expect(answer.header("WWW-Authenticate")?.contains("insufficient_scope") == true)
            }
        }
        let dialect = try RawHTTP.post(
            gateway.port, "", to: "/service/shop/purge/a", headers: ["Fastly-Key: \(texts[1])"])
        #expect(dialect.status == 403)
    }

    /// Ways out of the namespaces `shop-*`, none of which may lead anywhere.
    @Test func aKeyKeepsToItsNamespaces() throws {
        let keys = try Keys()
        let text = try keys.add(namespaces: ["shop-*", "blog"]).text
        let gateway = try keys.gateway()
        for namespace in ["shop-1", "shop-", "blog"] {
            let answer = try Self.post(gateway, text, #"{"tags":["a"],"namespace":"\#(namespace)"}"#)
            #expect(answer.status == 202, "\(namespace): \(answer)")
        }
        let foreign = ["shop", "SHOP-1", "Shop-1", "blog2", "blo", "xshop-1", "default", "shop:-1", "*", "shop-*"]
        for namespace in foreign {
            let answer = try Self.post(gateway, text, #"{"tags":["a"],"namespace":"\#(namespace)"}"#)
            #expect([403, 422].contains(answer.status), "\(namespace): \(answer)")
        }
        for namespace in ["shop%2D1", "\\u0073hop\\u0000-1", "ѕhop-1", "shop-1/../x", ""] {
            let answer = try Self.post(gateway, text, #"{"tags":["a"],"namespace":"\#(namespace)"}"#)
            #expect([400, 422].contains(answer.status), "\(namespace): \(answer)")
        }
        // Without a namespace it is `default`; of two members the last counts, for the check as for the record.
        #expect(try Self.post(gateway, text).status == 403)
        let twice = #"{"tags":["a"],"namespace":"shop-1","namespace":"other"}"#
        #expect([400, 403, 422].contains(try Self.post(gateway, text, twice).status))
        let batch = try Self.post(
            gateway, text, #"[{"tags":["a"],"namespace":"shop-2"},{"tags":["a"],"namespace":"other"}]"#)
        #expect(batch.status == 207)
        #expect(batch.list("items").map { $0["status"] as? Int } == [202, 403])
        let dialect = try Self.post(gateway, text, #"{"purge_everything":true}"#, to: "/zones/other/purge_cache")
        #expect(dialect.status == 403 && dialect.text.contains("\"success\":false"))
        let names = Set(try gateway.records(of: TopicName.normal).map(\.key))
        #expect(names == ["shop-1", "shop-", "blog", "shop-2"])
    }

    /// Ways out of the hosts `shop.example` and `*.shop.example`.
    @Test func aKeyKeepsToItsHosts() throws {
        let keys = try Keys()
        let text = try keys.add(hosts: ["shop.example", "*.shop.example"]).text
        let gateway = try keys.gateway()
        // The ideographic full stop is one in a host, and stands as such in the record.
        let good = [
            "https://shop.example/a", "https://WWW.SHOP.EXAMPLE/a", "http://a.b.shop.example:80/?x",
            "https://shop\\u3002example/",
        ]
        for url in good {
            let answer = try Self.post(gateway, text, #"{"urls":["\#(url)"]}"#)
            #expect(answer.status == 202, "\(url): \(answer)")
        }
        let foreign = [
            "https://evil.example/", "https://shop.example.evil.example/", "https://xshop.example/",
            "https://evil.example/https://shop.example/", "https://evil.example?shop.example",
            "https://evil.example#shop.example", "https://shop.example@evil.example/",
            "https://evil.example@shop.example/", "https://www.shop.example./", "https://www.shop.example:8443/",
            "https://evil%2eshop.example/", "https://shop.example%2eevil.example/",
            "https://[::1]/", "https://shop.example\\\\@evil.example/", "https://.shop.example/",
        ]
        for url in foreign {
            for field in ["urls", "prefixes"] {
                let answer = try Self.post(gateway, text, #"{"\#(field)":["https://shop.example/","\#(url)"]}"#)
                #expect([400, 403, 422].contains(answer.status), "\(url): \(answer)")
            }
        }
        let urls = try gateway.published().flatMap { $0.selectors.urls + $0.selectors.prefixes }
        #expect(urls.count == good.count)
        #expect(urls.allSatisfy { $0.lowercased().contains(#/^https?://([a-z]+\.)*shop\.example(/|:80/)/#) }, "\(urls)")
        // A prefix without a path must not mean longer names.
        let prefix = try Self.post(gateway, text, #"{"prefixes":["https://shop.example"]}"#)
        #expect(prefix.status == 202 || prefix.status == 422)
        let purge = try gateway.send("PURGE /p", host: "evil.example", ["Authorization: Bearer \(text)"])
        #expect(purge.status == 403, "\(purge)")
    }

    /// What is of another namespace answers like what does not exist.
    @Test func statusesOfOtherNamespacesAreAsIfTheyWereNot() throws {
        let keys = try Keys()
        let all = try keys.add().text
        let mine = try keys.add(namespaces: ["shop"]).text
        let gateway = try keys.gateway()
        let answer = try Self.post(gateway, all, #"{"tags":["a"],"namespace":"other"}"#)
        let id = try #require(answer.string("id"))
        try gateway.catchUp()
        // Of the same time: ids tell how old a request is.
        let made = String(id.dropLast(4)) + (id.hasSuffix("0000") ? "1111" : "0000")
        for suffix in ["", "?namespace=other", "?namespace=shop", "?wait=1s"] {
            let foreign = try Self.get(gateway, mine, "/status/\(id)\(suffix)")
            let unknown = try Self.get(gateway, mine, "/status/\(made)\(suffix)")
            #expect(foreign.status == unknown.status, "\(suffix): \(foreign)")
            #expect(foreign.text.replacing(id, with: made) == unknown.text, "\(suffix)")
        }
        #expect(try Self.get(gateway, all, "/status/\(id)").string("namespace") == "other")
        #expect(try Self.get(gateway, mine, "/status").string("type") == "/problems/namespace-needed")
        #expect(try Self.get(gateway, mine, "/status?namespace=other").status == 403)
        #expect(try Self.get(gateway, mine, "/status?namespace=shop").status == 200)
        for path in ["/status/counts", "/status/edges"] {
            #expect(try Self.get(gateway, mine, path).string("type") == "/problems/namespace-needed")
            #expect(try Self.get(gateway, mine, path + "?namespace=other").status == 403)
            #expect(try Self.get(gateway, mine, path + "?namespace=shop").status == 200)
            #expect(try Self.get(gateway, all, path).status == 200)
        }
    }

    @Test func operatorsOfSomeNamespacesKeepToThem() throws {
        let keys = try Keys()
        let text = try keys.add([.operate], namespaces: ["shop-*"]).text
        let gateway = try keys.gateway()
        func order(_ body: String, _ target: String = "/replays") throws -> Int {
            try Self.post(gateway, text, body, to: target).status
        }
        #expect(try order(#"{"from":"-1h","namespaces":["shop-1","shop-x*"]}"#) == 202)
        for namespaces in [#"["shop-1","other"]"#, #"["*"]"#, #"["shop*"]"#, #"["?hop-1"]"#, "[]", "null"] {
            let status = try order(#"{"from":"-1h","namespaces":\#(namespaces)}"#)
            #expect([403, 422].contains(status), "\(namespaces)")
        }
        #expect(try order(#"{"from":"-1h"}"#) == 403)
        #expect(try order(#"{"deadLetters":["0/0"]}"#, "/dead/redrive") == 403)
        for target in ["/replays", "/dead", "/dead/export", "/dead?namespace=shop*", "/dead?deadLetters=0/0"] {
            #expect(try Self.get(gateway, text, target).status == 403, "\(target)")
        }
        #expect(try Self.get(gateway, text, "/dead?namespace=shop-1").status == 200)
        let orders = try gateway.orders()
        #expect(orders.count == 1 && orders.first?.order.who.hasPrefix("test (key ") == true)
    }

    @Test func aFileThatChangesIsReadAgain() throws {
        let keys = try Keys()
        let first = try keys.add()
        let gateway = try keys.gateway()
        #expect(try Self.post(gateway, first.text).status == 202)
        let second = try keys.file.rotate(first.key.id, until: Timestamp.now() + 3_600_000)
        try eventually("the new key opens") { try Self.post(gateway, second.text).status == 202 }
        #expect(try Self.post(gateway, first.text).status == 202)
        try keys.file.revoke(first.key.id)
        try eventually("the old key is closed") { try Self.post(gateway, first.text).status == 401 }
        // A broken file closes nothing and opens nothing.
        try Data("- {id: 1".utf8).write(to: URL(filePath: keys.file.path))
        let third = try APIKey.make(name: "x", scopes: .all, grant: .unlimited)
        #expect(try Self.post(gateway, second.text).status == 202)
        #expect(try Self.post(gateway, third.text).status == 401)
    }

    @Test func theFileHoldsNoSecretsAndIsItsOwnersAlone() throws {
        let keys = try Keys()
        let made = try keys.add(namespaces: ["shop-*"], hosts: ["*.shop.example"])
        let text = try String(contentsOfFile: keys.file.path, encoding: .utf8)
        #expect(!text.contains(made.text.suffix(43)))
        let attributes = try FileManager.default.attributesOfItem(atPath: keys.file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try keys.file.read() == [made.key])
        #expect(throws: KeyError.unknown("nobody")) { try keys.file.revoke("nobody") }
        // A limit that is misspelt must not open everything.
        for wrong in [
            text.replacing("namespaces", with: "namespace"), text.replacing("shop-*", with: "sh*op"),
            text.replacing("publish", with: "admin"), text + text,
        ] {
            let path = try keys.directory.write("wrong.yaml", wrong)
            #expect(throws: (any Error).self) { try KeyFile(path: path).read() }
        }
    }

    @Test func changesSideBySideLoseNoKey() throws {
        let keys = try Keys()
        let file = keys.file
        let adding = try (0..<8).map { _ in
            try Background {
                for _ in 0..<10 {
                    try file.add(try APIKey.make(name: "x", scopes: .read, grant: .unlimited).key)
                }
            }
        }
        for one in adding { try one.value() }
        #expect(try file.read().count == 80)
    }
}
