import Edges
import Foundation
import Gateway
import HTTP
import Invalidations
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// Tests of client certificates as credentials: whose call it is, and what it may do.
@Suite(.timeLimit(.minutes(2)))
struct CertificateAccessTests {
    /// A gateway that serves TLS, and the authority of its clients.
    private final class Fixture {
        let authority: TestAuthority
        let own: TestCertificate
        let gateway: GatewayFixture

        init(
            _ list: String, _ demand: CertificateFiles.Demand = .optional, authority: TestAuthority? = nil,
            _ configure: (inout GatewayConfiguration) -> Void = { _ in }
        ) throws {
            let (authority, own) = (try authority ?? TestAuthority(), try TestCertificate())
            (self.authority, self.own) = (authority, own)
            let known = try read(list)
            gateway = try GatewayFixture {
                $0.certificateFiles = CertificateFiles(
                    certificate: own.certificateFile, key: own.keyFile, clientAuthorities: authority.certificateFile,
                    clientCertificates: demand)
                $0.knownCertificates = known
                configure(&$0)
            }
        }

        /// - Returns: nil where there was no answer.
        func ask(
            _ issued: TestAuthority.Issued?, _ method: String = "POST", _ path: String = "/invalidate",
            _ body: String = #"{"tags":["a"],"namespace":"shop-1"}"#, headers: [(String, String)] = []
        ) -> HTTPClientResponse? {
            var request = HTTPClientRequest(
                method: method, url: "https://127.0.0.1:\(gateway.port)\(path)", headers: headers,
                body: method == "POST" ? Array(body.utf8) : [],
                tls: TLSClientOptions(
                    authorityFile: own.certificateFile, certificateFile: issued?.certificateFile,
                    keyFile: issued?.keyFile))
            request.keepsHeader = true
            return try? HTTPFetch.perform(request)
        }

        func status(
            _ issued: TestAuthority.Issued?, _ method: String = "POST", _ path: String = "/invalidate",
            _ body: String = #"{"tags":["a"],"namespace":"shop-1"}"#, headers: [(String, String)] = []
        ) -> Int? {
            ask(issued, method, path, body, headers: headers)?.status
        }
    }

    private static func read(_ list: String) throws -> [KnownCertificate] {
        let file = try YAMLReader.parse(
            Array("gateway:\n  clientCertificates:\n\(list)\n".utf8), fileName: "test.yaml")
        let sources = try ConfigurationSources(keys: [CertificateList.key], file: file, fileName: "test.yaml")
        return try CertificateList.read(sources)
    }

    private static let list = """
            - {subject: "CN=ci,O=Shop", name: ci, scopes: publish, namespaces: ["shop-*"], hosts: ["*.shop.example"]}
            - {uri: "spiffe://shop.example/reader", scopes: [read]}
            - {dns: Ops.shop.example, name: ops, scopes: [publish, read, operate]}
        """

    @Test func aCertificateSaysWhoCalls() throws {
        let fixture = try Fixture(Self.list)
        let authority = fixture.authority
        let ci = try authority.issue("ci", subject: "/O=Shop/CN=ci")
        let reader = try authority.issue(
            "reader", subject: "/CN=any", extensions: ["subjectAltName=URI:spiffe://shop.example/reader"])
        let ops = try authority.issue("ops", subject: "/CN=o", extensions: ["subjectAltName=DNS:ops.shop.example"])
        let calls = [("POST", "/invalidate"), ("GET", "/status"), ("GET", "/dead")]
        for (issued, statuses) in [(ci, [202, 403, 403]), (reader, [403, 200, 403]), (ops, [202, 200, 200])] {
            #expect(calls.map { fixture.status(issued, $0.0, $0.1) } == statuses)
        }
        #expect(fixture.status(ci, "POST", "/invalidate", #"{"tags":["a"],"namespace":"blog"}"#) == 403)
        for (host, status) in [("a.shop.example", 202), ("blog.example", 403)] {
            let body = #"{"urls":["https://\#(host)/x"],"namespace":"shop-1"}"#
            #expect(fixture.status(ci, "POST", "/invalidate", body) == status)
        }
        // A lie is not told on the record.
        #expect(fixture.status(ci, headers: [("cs-principal", "ops")]) == 202)
        let names = try fixture.gateway.records(of: TopicName.normal).map { record in
            record.headers.filter { $0.name == "cs-principal" }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }
        #expect(Set(names) == [["ci (certificate)"], ["ops (certificate)"]])
    }

    @Test func othersAreRefused() throws {
        let fixture = try Fixture(Self.list)
        let (authority, foreign) = (fixture.authority, try TestAuthority())
        // Each has the name of an entry in it, and is none.
        let unknown = [
            "/CN=ci", "/CN=ci/O=Shop", "/O=Shop/CN=ci/CN=ci", "/O=Shop/CN=admin/CN=ci", "/O=Shop+CN=ci",
            "/O=Shop/CN=CI", "/O=Shop/CN=ci\\,O\\=Shop", "/CN=ci\\,O\\=Shop", "/O=Shop/CN=ops.shop.example",
            "/CN=cí/O=Shop",
        ]
        for (index, subject) in unknown.enumerated() {
            let issued = try authority.issue("u\(index)", subject: subject)
            let answer = fixture.ask(issued)
            #expect(answer?.status == 401, "\(subject)")
            #expect(answer.map { String(decoding: $0.body, as: UTF8.self).contains("Unknown certificate") } == true)
        }
        let cut = try authority.issue(
            "cut", subject: "/O=Shop/CN=ciXevil", extensions: ["subjectAltName=URI:spiffe://shop.example/readerYevil"],
            swap: ("ciXevil", "ci\u{0}evil"))
        #expect(fixture.status(cut) == 401 && fixture.status(cut, "GET", "/status") == 401)
        let metrics = fixture.ask(nil, "GET", "/metrics").map { String(decoding: $0.body, as: UTF8.self) } ?? ""
        #expect(metrics.contains("cachesync_gateway_refused_total{reason=\"certificate\"} \(unknown.count + 2)\n"))
        #expect(fixture.status(nil) == 401)
        #expect(fixture.status(try authority.issue("old", subject: "/O=Shop/CN=ci", days: -1)) == nil)
        #expect(fixture.status(try foreign.issue("foreign", subject: "/O=Shop/CN=ci")) == nil)
        #expect(fixture.status(nil, "GET", "/health/live") == 200)
        #expect(try fixture.gateway.records(of: TopicName.normal).isEmpty)
    }

    @Test func oneMustBeShownWhereItIsRequired() throws {
        let authority = try TestAuthority()
        let ci = try authority.issue("ci", subject: "/O=Shop/CN=ci")
        for (demand, statuses) in [
            (CertificateFiles.Demand.required, [202, nil]), (.optional, [202, 401]), (.off, [401, 401]),
        ] as [(CertificateFiles.Demand, [Int?])] {
            let fixture = try Fixture(Self.list, demand, authority: authority)
            #expect([fixture.status(ci), fixture.status(nil)] == statuses, "\(demand)")
        }
    }

    /// The header is of the request, the certificate of the connection.
    @Test func theHeaderWins() throws {
        let fixture = try Fixture(Self.list) { $0.tokens = ["a-token-of-32-bytes-for-this-test"] }
        let token = ("Authorization", "Bearer a-token-of-32-bytes-for-this-test")
        let reader = try fixture.authority.issue(
            "reader", subject: "/CN=any", extensions: ["subjectAltName=URI:spiffe://shop.example/reader"])
        let ops = try fixture.authority.issue(
            "ops", subject: "/CN=o", extensions: ["subjectAltName=DNS:ops.shop.example"])
        #expect(fixture.status(reader) == 403 && fixture.status(reader, headers: [token]) == 202)
        #expect(fixture.status(ops, "GET", "/dead") == 200)
        #expect(fixture.status(ops, "GET", "/dead", headers: [token]) == 403)
        for wrong in ["Bearer wrong", "Basic b3Bz", "Bearer "] {
            #expect(fixture.status(ops, headers: [("Authorization", wrong)]) == 401, "\(wrong)")
        }
        #expect(fixture.status(nil, headers: [token]) == 202)
    }

    /// A browser shows its user's certificate, whatever page asks.
    @Test func pagesOfOtherOriginsChangeNothing() throws {
        let fixture = try Fixture(Self.list) {
            $0.hosts = [HostPattern("*.shop.example")].compactMap(\.self)
        }
        let ci = try fixture.authority.issue("ci", subject: "/O=Shop/CN=ci")
        #expect(fixture.status(ci, headers: [("Origin", "https://evil.example")]) == 403)
        #expect(fixture.status(ci, headers: [("Sec-Fetch-Site", "cross-site")]) == 403)
        #expect(fixture.status(ci, headers: [("Origin", "https://console.shop.example")]) == 202)
        #expect(fixture.status(ci, headers: [("Host", "purge.other.example")]) == 202)
    }

    @Test func aFingerprintMeansOneCertificate() throws {
        let authority = try TestAuthority()
        let (first, second) = (
            try authority.issue("first", subject: "/O=Shop/CN=ci"),
            try authority.issue("second", subject: "/O=Shop/CN=ci")
        )
        let shown = authority.directory.file("fingerprint")
        let openssl = try ChildProcess(
            ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", first.certificateFile], output: shown)
        #expect(try openssl.waitForExit() == 0)
        let text = try String(contentsOfFile: shown, encoding: .utf8)
        let digits = text.split(separator: "=").last?.split(separator: "\n").first ?? ""
        // The certificate itself says more about it than its subject.
        let list = """
                - {sha256: "\(digits)", scopes: read}
                - {subject: "CN=ci,O=Shop", scopes: publish}
            """
        let fixture = try Fixture(list, authority: authority)
        #expect(fixture.status(first) == 403 && fixture.status(first, "GET", "/status") == 200)
        #expect(fixture.status(second) == 202 && fixture.status(second, "GET", "/status") == 403)
    }

    @Test func entriesAreTakenBackWhileItRuns() throws {
        let fixture = try Fixture(Self.list)
        let ci = try fixture.authority.issue("ci", subject: "/O=Shop/CN=ci")
        #expect(fixture.status(ci) == 202)
        let others = try Self.read("    - {dns: ops.shop.example, scopes: publish}\n")
        try fixture.gateway.role.changeAccess { $0.knownCertificates = others }
        #expect(fixture.status(ci) == 401)
        #expect(throws: ConfigurationError.self) {
            try fixture.gateway.role.changeAccess { $0.knownCertificates = [] }
        }
        #expect(fixture.status(ci) == 401)
    }

    @Test func uselessEntriesAreRefused() throws {
        let lists = [
            "- {scopes: read}", "- {subject: CN=a}", "- {subject: CN=a, uri: 'a:b', scopes: read}",
            "- {subject: /CN=a, scopes: read}", "- {subject: 'CN = a', scopes: read}", "- {subject: CN=a, scope: read}",
            "- {subject: CN=a, scopes: all}", "- {uri: shop, scopes: read}", "- {uri: 'a:b c', scopes: read}",
            "- {dns: '*.shop.example', scopes: read}", "- {sha256: abcd, scopes: read}",
            "- {subject: CN=a, scopes: read, namespaces: []}", "- {subject: CN=a, scopes: read, hosts: ['a/b']}",
            "- {subject: CN=café, scopes: read}", "- {subject: CN=a, scopes: read, name: \"a\\nb\"}",
            "- {dns: a.example, scopes: read}\n    - {dns: A.example, scopes: publish}",
        ]
        for list in lists {
            #expect(throws: ConfigurationError.self, "\(list)") { try Self.read("    \(list)\n") }
        }
        let known = try Self.read(
            "    - {subject: CN=café, name: cafe, scopes: 'read, publish', namespaces: 'a,b-*'}\n")
        #expect(known.first?.scopes == [.read, .publish] && known.first?.grant.namespaces?.count == 2)
    }
}
