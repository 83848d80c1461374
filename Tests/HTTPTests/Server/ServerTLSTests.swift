import Foundation
import HTTP
import TestSupport
import Testing

/// Tests of TLS of the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServerTLSTests {
    private func certificate(in directory: TemporaryDirectory) throws -> HTTPServerConfiguration.TLS {
        let key = directory.file("key.pem"), certificate = directory.file("certificate.pem")
        let process = try ChildProcess([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ])
        #expect(try process.waitForExit() == 0)
        return HTTPServerConfiguration.TLS(
            certificate: try String(contentsOfFile: certificate, encoding: .utf8),
            key: try String(contentsOfFile: key, encoding: .utf8))
    }

    private func fetch(_ options: [String], in directory: TemporaryDirectory) throws -> (exit: Int32, output: String) {
        let output = directory.file("output-\(UUID().uuidString)")
        let process = try ChildProcess(["curl", "-sS", "--max-time", "20"] + options, output: output)
        return (try process.waitForExit(), try String(contentsOfFile: output, encoding: .utf8))
    }

    @Test func verifiedClientIsServed() throws {
        let directory = try TemporaryDirectory("tls")
        let tls = try certificate(in: directory)
        let held = Held()
        let server = try HTTPServer(.with { $0.tls = tls }) { request, responder in
            if request.path == "/held" { held.hold(responder) } else { echo(request, responder) }
        }
        let trusted = ["--cacert", directory.file("certificate.pem")]
        let url = "https://127.0.0.1:\(server.port)"
        let (exit, output) = try fetch(trusted + ["--data", "secret", url + "/a?b=c"], in: directory)
        #expect(exit == 0)
        #expect(output == "POST\n/a\nb=c\nsecret\n127.0.0.1")
        #expect(try fetch([url + "/"], in: directory).exit == 60)  // nobody vouches for the certificate
        #expect(try fetch(trusted + ["--tls-max", "1.1", url], in: directory).exit == 35)

        let options = ["-o", "/dev/null", "-w", "%{http_code}", url + "/held"]
        let waiting = try ChildProcess(["curl", "-sS"] + trusted + options, output: directory.file("waiting"))
        try eventually("it is held") { held.count == 1 }
        server.stop()
        #expect(try waiting.waitForExit() == 0)
        #expect(try String(contentsOfFile: directory.file("waiting"), encoding: .utf8) == "503")
    }

    @Test func plainTextIsNotServed() throws {
        let directory = try TemporaryDirectory("tls")
        let tls = try certificate(in: directory)
        let server = try HTTPServer(.with { $0.tls = tls }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/")
        #expect(try !client.rest().contains("HTTP/1.1 200"))
    }

    /// Connections from then on have the new certificate; one that can't be used changes nothing.
    @Test func certificatesAreChangedWhileItServes() throws {
        let (first, second) = (try TemporaryDirectory("tls"), try TemporaryDirectory("tls"))
        let tls = try certificate(in: first)
        let server = try HTTPServer(.with { $0.tls = tls }, handler: echo)
        let url = "https://127.0.0.1:\(server.port)/"
        func exit(_ directory: TemporaryDirectory) throws -> Int32 {
            try fetch(["--cacert", directory.file("certificate.pem"), url], in: directory).exit
        }
        #expect(try exit(first) == 0)
        try server.changeCertificate(try certificate(in: second))
        #expect(try exit(second) == 0 && exit(first) == 60)
        #expect(throws: HTTPServerError.self) {
            try server.changeCertificate(.init(certificate: tls.certificate, key: "nonsense"))
        }
        for _ in 0..<20 { try server.changeCertificate(tls) }
        #expect(try exit(first) == 0 && exit(second) == 60)
    }

    @Test func clientsShowTheirCertificateWhereItIsAskedFor() throws {
        let (own, other) = (try TemporaryDirectory("tls"), try TemporaryDirectory("tls"))
        var tls = try certificate(in: own)
        _ = try certificate(in: other)
        tls.clientAuthorities = tls.certificate
        let server = try HTTPServer(.with { $0.tls = tls }, handler: echo)
        let trusted = ["--cacert", own.file("certificate.pem"), "https://127.0.0.1:\(server.port)/"]
        func shown(_ directory: TemporaryDirectory) -> [String] {
            ["--cert", directory.file("certificate.pem"), "--key", directory.file("key.pem")]
        }
        #expect(try fetch(trusted + shown(own), in: own).exit == 0)
        #expect(try fetch(trusted, in: own).exit != 0)
        #expect(try fetch(trusted + shown(other), in: own).exit != 0)
    }

    @Test func uselessCertificateIsAnError() throws {
        #expect(throws: HTTPServerError.self) {
            try HTTPServer(.with { $0.tls = .init(certificate: "nonsense", key: "nonsense") }, handler: echo)
        }
    }
}
