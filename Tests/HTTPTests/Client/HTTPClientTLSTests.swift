import HTTP
import Runtime
import TestSupport
import Testing

/// Tests of TLS of the HTTP client.
@Suite(.timeLimit(.minutes(2)))
struct HTTPClientTLSTests {
    private let certificate: TestCertificate
    private let other: TestCertificate

    init() throws {
        certificate = try TestCertificate()
        other = try TestCertificate()
    }

    private func server(_ extra: String = "", listen: String = "ssl") throws -> NginxServer {
        try NginxServer(
            """
            ssl_certificate \(certificate.certificateFile);
            ssl_certificate_key \(certificate.keyFile);
            \(extra)
            location / { return 200 "$server_protocol $ssl_client_s_dn"; }
            """, listen: listen)
    }

    private func request(_ server: NginxServer, _ tls: TLSClientOptions?) -> HTTPClientRequest {
        HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/", tls: tls)
    }

    @Test func aSelfSignedServerIsAcceptedOnlyWithItsAuthority() throws {
        let server = try server()
        let harness = try ClientHarness()
        let trusted = TLSClientOptions(authorityFile: certificate.certificateFile)
        let mistaken = TLSClientOptions(authorityFile: other.certificateFile)
        // The same handle and host in turn: trust must not cling to either.
        for (tls, accepted) in [(nil, false), (trusted, true), (mistaken, false), (trusted, true), (nil, false)] {
            let result = try harness.perform(request(server, tls))
            if accepted {
                #expect(result.response?.status == 200, "\(result)")
            } else {
                #expect(result.failure?.kind == .tls, "\(result)")
                #expect(result.failure?.mayHaveBeenSent == false)
            }
        }
    }

    @Test func theNameIsVerified() throws {
        let server = try server(listen: "ssl")
        let tls = TLSClientOptions(authorityFile: certificate.certificateFile)
        let harness = try ClientHarness()
        let named = HTTPClientRequest(url: "https://localhost:\(server.port)/", tls: tls)
        #expect(try harness.perform(named).response?.status == 200)
        let misnamed = HTTPClientRequest(url: "https://127.0.0.2:\(server.port)/", tls: tls)
        #expect(try harness.perform(misnamed).failure != nil)
    }

    @Test func http2IsUsedWhereItIsOffered() throws {
        let server = try server(listen: "ssl http2")
        let tls = TLSClientOptions(authorityFile: certificate.certificateFile)
        let harness = try ClientHarness()
        let responses = try harness.perform(Array(repeating: request(server, tls), count: 20))
        #expect(responses.allSatisfy { $0.response?.text.hasPrefix("HTTP/2.0") == true }, "\(responses[0])")
        var plain = request(server, tls)
        plain.version = .http1
        #expect(try harness.perform(plain).response?.text.hasPrefix("HTTP/1.1") == true)
    }

    @Test func aClientCertificateIsShown() throws {
        let server = try server("ssl_verify_client on; ssl_client_certificate \(other.certificateFile);")
        let harness = try ClientHarness()
        let anonymous = TLSClientOptions(authorityFile: certificate.certificateFile)
        let known = TLSClientOptions(
            authorityFile: certificate.certificateFile, certificateFile: other.certificateFile, keyFile: other.keyFile)
        #expect(try harness.perform(request(server, anonymous)).response?.status == 400)
        let response = try #require(try harness.perform(request(server, known)).response)
        #expect(response.status == 200)
        #expect(response.text.contains("CN=localhost"))
        // A connection that showed a certificate must not serve a request that shows none.
        #expect(try harness.perform(request(server, anonymous)).response?.status == 400)
    }

    @Test func missingFilesAreNamed() throws {
        let server = try server()
        for tls in [
            TLSClientOptions(authorityFile: "/nowhere/ca.pem"),
            TLSClientOptions(authorityFile: certificate.certificateFile, certificateFile: "/nowhere/client.pem"),
        ] {
            let failure = try #require(try ClientHarness().perform(request(server, tls)).failure)
            #expect(failure.kind == .tls, "\(failure)")
            #expect(failure.message.contains("/nowhere/"), "\(failure)")
            #expect(!failure.mayHaveBeenSent)
        }
    }

    @Test func plainHTTPOnATLSPortIsNotSilentlyAccepted() throws {
        let server = try server()
        #expect(try ClientHarness().perform(HTTPClientRequest(url: server.url)).response?.status == 400)
    }
}
