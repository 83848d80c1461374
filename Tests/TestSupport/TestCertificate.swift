import Foundation

/// A self-signed certificate for 127.0.0.1 and localhost, made by openssl; it is its own authority.
public final class TestCertificate: Sendable {
    public let directory: TemporaryDirectory
    public var certificateFile: String { directory.file("certificate.pem") }
    public var keyFile: String { directory.file("key.pem") }

    public init() throws {
        directory = try TemporaryDirectory("certificate")
        let log = directory.file("openssl.log")
        let openssl = try ChildProcess(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-keyout", directory.file("key.pem"), "-out", directory.file("certificate.pem"),
            ], output: log)
        guard try openssl.waitForExit() == 0 else {
            throw TestCertificateFailure(description: try String(contentsOfFile: log, encoding: .utf8))
        }
    }
}

/// openssl made no certificate; the description is what it said.
public struct TestCertificateFailure: Error, CustomStringConvertible {
    public let description: String
}
