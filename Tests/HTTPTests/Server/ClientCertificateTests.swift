import Foundation
import HTTP
import TestSupport
import Testing

/// Tests of client certificates: which are let in, and what the server reads of them.
@Suite(.timeLimit(.minutes(2)))
struct ClientCertificateTests {
    private static func server(_ authority: TestAuthority, requires: Bool) throws -> (HTTPServer, TestCertificate) {
        let own = try TestCertificate()
        func text(_ file: String) throws -> String { try String(contentsOfFile: file, encoding: .utf8) }
        let tls = HTTPServerConfiguration.TLS(
            certificate: try text(own.certificateFile), key: try text(own.keyFile),
            clientAuthorities: try text(authority.certificateFile), requiresClientCertificate: requires)
        let server = try HTTPServer(.with { $0.tls = tls }) { request, responder in
            guard let shown = request.clientCertificate else {
                responder.respond(.text(200, "none"))
                return
            }
            let parts = [
                shown.subject?.description ?? "-", shown.uris.joined(separator: " "),
                shown.dnsNames.joined(separator: " "), "\(shown.fingerprint.count)",
                "\(shown.expiresAt > Int(Date().timeIntervalSince1970))",
            ]
            responder.respond(.text(200, parts.joined(separator: "|")))
        }
        return (server, own)
    }

    /// - Returns: what the server has seen; nil where the handshake has failed.
    private static func ask(
        _ server: HTTPServer, _ own: TestCertificate, _ issued: TestAuthority.Issued?
    ) -> String? {
        let request = HTTPClientRequest(
            url: "https://127.0.0.1:\(server.port)/",
            tls: TLSClientOptions(
                authorityFile: own.certificateFile, certificateFile: issued?.certificateFile, keyFile: issued?.keyFile))
        return (try? HTTPFetch.perform(request)).map { String(decoding: $0.body, as: UTF8.self) }
    }

    @Test func goodOnesAloneAreLetIn() throws {
        let (authority, foreign) = (try TestAuthority(), try TestAuthority())
        let good = try authority.issue("good", subject: "/C=DE/O=Shop/CN=ci")
        let expired = try authority.issue("expired", subject: "/CN=ci", days: -1)
        let ofServer = try authority.issue("server", subject: "/CN=ci", extensions: ["extendedKeyUsage=serverAuth"])
        let ofOther = try foreign.issue("other", subject: "/CN=ci")
        for requires in [true, false] {
            let (server, own) = try Self.server(authority, requires: requires)
            #expect(Self.ask(server, own, good) == "CN=ci,O=Shop,C=DE|||32|true")
            #expect(Self.ask(server, own, nil) == (requires ? nil : "none"))
            for bad in [expired, ofServer, ofOther] { #expect(Self.ask(server, own, bad) == nil) }
        }
    }

    @Test func namesAreReadAsTheyAre() throws {
        let authority = try TestAuthority()
        let (server, own) = try Self.server(authority, requires: true)
        let names = "subjectAltName=URI:spiffe://shop/ci,URI:spiffe://shop/b,DNS:CI.shop.example,email:a@shop.example"
        let rich = try authority.issue("rich", subject: "/CN=a+OU=b/CN=c\\, d", extensions: [names])
        let richNames = "CN=c\\, d,CN=a+OU=b|spiffe://shop/ci spiffe://shop/b|ci.shop.example|"
        #expect(Self.ask(server, own, rich)?.hasPrefix(richNames) == true)
        // Names that end early for who reads them as C does.
        let cut = try authority.issue(
            "cut", subject: "/CN=ciXadmin", extensions: ["subjectAltName=URI:spiffe://shop/ciYadmin"],
            swap: ("ciXadmin", "ci\u{0}admin"))
        #expect(Self.ask(server, own, cut)?.hasPrefix("CN=ci\\00admin|spiffe://shop/ciYadmin|") == true)
        let cutName = try authority.issue(
            "cutName", subject: "/CN=ci", extensions: ["subjectAltName=URI:spiffe://shop/ciYadmin,DNS:ciZa.example"],
            swap: ("ciYadmin", "ci\u{0}admin"))
        #expect(Self.ask(server, own, cutName)?.hasPrefix("CN=ci||ciza.example|") == true)
        // Beyond the bounds there is no name, rather than a part of it.
        let long = (0..<70).map { "/OU=\($0)" }.joined()
        let many = (0..<100).map { "DNS:n\($0).example" }.joined(separator: ",")
        let large = try authority.issue("large", subject: long + "/CN=ci", extensions: ["subjectAltName=\(many)"])
        let seen = Self.ask(server, own, large) ?? ""
        #expect(seen.hasPrefix("-||n0.example ") && seen.contains("n63.example|") && !seen.contains("n64."))
    }
}
