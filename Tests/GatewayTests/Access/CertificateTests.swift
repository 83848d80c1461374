import Foundation
import Gateway
import HTTP
import TestSupport
import Testing

/// Tests of TLS of the gateway.
@Suite(.timeLimit(.minutes(2)))
struct CertificateTests {
    @Test func theCertificateIsReadAgain() throws {
        let (first, second) = (try TestCertificate(), try TestCertificate())
        let directory = try TemporaryDirectory("tls")
        let files = CertificateFiles(certificate: directory.file("c.pem"), key: directory.file("k.pem"))
        func install(_ certificate: TestCertificate) throws {
            for (source, target) in [
                (certificate.keyFile, files.key), (certificate.certificateFile, files.certificate),
            ] {
                try Data(contentsOf: URL(filePath: source)).write(to: URL(filePath: target), options: .atomic)
            }
        }
        try install(first)
        let gateway = try GatewayFixture { $0.certificateFiles = files }
        func isServed(_ certificate: TestCertificate) -> Bool {
            let request = HTTPClientRequest(
                url: "https://127.0.0.1:\(gateway.port)/health/live",
                tls: TLSClientOptions(authorityFile: certificate.certificateFile))
            return (try? HTTPFetch.perform(request).status) == 200
        }
        #expect(isServed(first) && !isServed(second))
        try install(second)
        try eventually("the new certificate is served") { isServed(second) && !isServed(first) }
        // Half of a pair leaves what is in force.
        try Data("nonsense".utf8).write(to: URL(filePath: files.key), options: .atomic)
        #expect(isServed(second))
    }
}
