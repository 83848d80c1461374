import Basics
import Crypto
import Foundation
import Gateway
import TestSupport
import Testing
import TopicCatalogue

/// Tests of signed tokens: whose signature, which claims, and what cannot be swapped.
@Suite(.timeLimit(.minutes(2)))
struct SignedTokenTests {
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let now = Int(Date().timeIntervalSince1970)

    /// Claims that are good, with changes; nil takes one out.
    private static func claims(_ changes: [String: Any?] = [:]) -> [String: Any] {
        var claims: [String: Any] = [
            "iss": "https://id.example", "aud": "cachesync", "sub": "catalog", "exp": now + 600, "scope": "publish",
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    private static func token(
        _ claims: [String: Any] = claims(), header: [String: Any] = ["alg": "HS256"], secret: String = secret
    ) throws -> String {
        let parts = try [header, claims].map { object in
            Base64URL.text(Array(try JSONSerialization.data(withJSONObject: object)))
        }
        let signed = parts.joined(separator: ".")
        let code = try #require(SHA256Digest.code(of: Array(signed.utf8), secret: Array(secret.utf8)))
        return "\(signed).\(Base64URL.text(code))"
    }

    private static func gateway(_ configure: (inout TokenConfiguration) -> Void) throws -> GatewayFixture {
        var tokens = TokenConfiguration(issuer: "https://id.example", audience: "cachesync")
        configure(&tokens)
        return try GatewayFixture { $0.signedTokens = tokens }
    }

    private static func status(_ gateway: GatewayFixture, _ token: String, namespace: String = "shop-1") throws -> Int {
        try RawHTTP.post(
            gateway.port, #"{"tags":["a"],"namespace":"\#(namespace)"}"#, headers: ["Authorization: Bearer \(token)"]
        ).status
    }

    @Test func claimsAreChecked() throws {
        let gateway = try Self.gateway { $0.secret = Self.secret }
        let now = Self.now
        let cases: [(name: String, changes: [String: Any?], status: Int)] = [
            ("good", [:], 202), ("audiences", ["aud": ["x", "cachesync"]], 202),
            ("another issuer", ["iss": "https://evil.example"], 401), ("no issuer", ["iss": nil], 401),
            ("another audience", ["aud": "cachesync2"], 401), ("no audience", ["aud": nil], 401),
            ("an audience of numbers", ["aud": [1]], 401), ("expired", ["exp": now - 120], 401),
            ("expired within the leeway", ["exp": now - 20], 202), ("no end", ["exp": nil], 401),
            ("an end in words", ["exp": "tomorrow"], 401), ("the last end", ["exp": 1e300], 202),
            ("not yet", ["nbf": now + 600], 401), ("nearly", ["nbf": now + 20], 202), ("no subject", ["sub": nil], 401),
            ("a subject that ends a line", ["sub": "a\r\nb"], 401), ("no scope", ["scope": nil], 403),
            ("another scope", ["scope": "read"], 403), ("scopes as a list", ["scope": ["publish"]], 401),
            ("our own scope", ["scope": "openid cachesync:publish"], 202),
            ("another namespace", ["namespaces": ["other"]], 403), ("namespaces", ["namespaces": ["shop-*"]], 202),
            ("no namespaces", ["namespaces": [String]()], 403), ("a namespace as text", ["namespaces": "shop-1"], 401),
            ("no pattern", ["namespaces": ["a b"]], 401),
            ("our own object", ["cachesync": ["namespaces": ["other"]]], 403),
            ("our own object as text", ["cachesync": "all"], 401),
        ]
        for one in cases {
            let status = try Self.status(gateway, try Self.token(Self.claims(one.changes)))
            #expect(status == one.status, "\(one.name)")
        }
        for reason in ["issuer", "audience", "claims", "expired", "early", "scope", "grant"] {
            #expect(try gateway.metric("cachesync_gateway_refused_total{reason=\"\(reason)\"}") > 0, "\(reason)")
        }
    }

    @Test func aTokenCannotChooseItsAlgorithm() throws {
        let directory = try TemporaryDirectory("tokens")
        let path = try directory.write("rsa.pem", TokenSamples.rsaKey)
        let gateway = try Self.gateway { $0.publicKeyFile = path }
        #expect(try Self.status(gateway, TokenSamples.rs256) == 202)
        #expect(try Self.status(gateway, TokenSamples.rs256, namespace: "other") == 403)
        // The public key is known to everybody: as a shared secret it opens nothing, in whatever form.
        for secret in [TokenSamples.rsaKey, TokenSamples.rsaKey + "\n", ""] {
            for algorithm in ["HS256", "RS256", "hs256"] {
                let token = try Self.token(header: ["alg": algorithm], secret: secret)
                #expect(try Self.status(gateway, token) == 401)
            }
        }
        for algorithm in ["none", "None", "NONE", "", "ES256", "RS512", "PS256"] {
            let token = try Self.token(header: ["alg": algorithm])
            #expect(try Self.status(gateway, token) == 401, "\(algorithm)")
            let bare = token.split(separator: ".").dropLast().joined(separator: ".")
            #expect(try Self.status(gateway, bare + ".") == 401, "\(algorithm)")
            #expect(try Self.status(gateway, bare) == 401, "\(algorithm)")
        }
        // A good signature of other claims.
        let parts = TokenSamples.rs256.split(separator: ".")
        let forged = try Self.token().split(separator: ".")
        #expect(try Self.status(gateway, "\(parts[0]).\(forged[1]).\(parts[2])") == 401)
        #expect(try Self.status(gateway, TokenSamples.es256) == 401)
    }

    @Test func headersThatMustBeUnderstoodAreNot() throws {
        let gateway = try Self.gateway { $0.secret = Self.secret }
        for header in [
            ["alg": "HS256", "crit": ["b64"], "b64": false], ["typ": "JWT"], ["alg": ["HS256"]], ["alg": 1],
        ] as [[String: Any]] {
            #expect(try Self.status(gateway, try Self.token(header: header)) == 401, "\(header)")
        }
        #expect(
            try Self.status(gateway, try Self.token(header: ["alg": "HS256", "jku": "https://evil.example"])) == 202)
        let huge = try Self.token(Self.claims(["x": String(repeating: "x", count: 10_000)]))
        #expect(try Self.status(gateway, huge) == 401)
        for text in ["a.b.c", "..", "....", "a..c", "\u{7f}.b.c", String(repeating: ".", count: 5_000)] {
            #expect([400, 401].contains(try Self.status(gateway, text)), "\(text.prefix(20))")
        }
    }

    @Test func aSetOfKeysIsReadAgain() throws {
        let directory = try TemporaryDirectory("tokens")
        let path = try directory.write("keys.json", TokenSamples.keySet)
        let gateway = try Self.gateway { $0.keySetFile = path }
        #expect(try Self.status(gateway, TokenSamples.rs256) == 202)
        #expect(try Self.status(gateway, TokenSamples.es256) == 202)
        try directory.write("keys.json", TokenSamples.keySet.replacing("RS256", with: "RS512"))
        try eventually("the key is gone") { try Self.status(gateway, TokenSamples.rs256) == 401 }
        #expect(try Self.status(gateway, TokenSamples.es256) == 202)
        // What is no set leaves the keys that are in force.
        try directory.write("keys.json", "{}")
        #expect(try Self.status(gateway, TokenSamples.es256) == 202)
    }

    @Test func keysThatCannotBeUsedAreRefusedAtTheStart() throws {
        let directory = try TemporaryDirectory("tokens")
        let files = [
            "{}", "", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"c2hvcnQ"}]}"#, #"{"keys":{}}"#,
            TokenSamples.keySet.replacing("sig", with: "enc").replacing("P-256", with: "P-384"),
        ]
        for text in files {
            let path = try directory.write("wrong", text)
            #expect(throws: (any Error).self) { try Self.gateway { $0.keySetFile = path } }
        }
        for text in ["", TokenSamples.shortKey, TokenSamples.keySet] {
            let path = try directory.write("wrong", text)
            #expect(throws: (any Error).self) { try Self.gateway { $0.publicKeyFile = path } }
        }
    }
}
