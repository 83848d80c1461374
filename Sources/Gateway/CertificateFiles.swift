package import HTTP
package import Runtime
internal import Synchronization

/// Files of the gateway's certificate, which are read again when they change.
public struct CertificateFiles: Sendable, Equatable {
    /// Whether a client needs a certificate to ask anything.
    public enum Demand: String, Sendable, CaseIterable {
        case required, optional, off
    }

    public var certificate: String
    public var key: String
    /// Authorities of clients; nil asks for no certificates.
    public var clientAuthorities: String?
    public var clientCertificates: Demand

    private static let bytesMax = 256 << 10

    public init(
        certificate: String, key: String, clientAuthorities: String? = nil, clientCertificates: Demand = .required
    ) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
        self.clientCertificates = clientCertificates
    }

    package var marks: [FileMark?] { [certificate, key, clientAuthorities].map { $0.flatMap { FileMark(path: $0) } } }

    /// - Throws: `ConfigurationError`
    package func read() throws -> HTTPServerConfiguration.TLS {
        func text(_ path: String) throws -> String {
            String(decoding: try BoundedFile.read(path, bytesMax: Self.bytesMax), as: UTF8.self)
        }
        return HTTPServerConfiguration.TLS(
            certificate: try text(certificate), key: try text(key),
            clientAuthorities: clientCertificates == .off ? nil : try clientAuthorities.map(text),
            requiresClientCertificate: clientCertificates == .required)
    }
}

/// Gives a server its certificate again when the files have changed. For one thread.
package final class CertificateWatch: Sendable {
    private let files: CertificateFiles
    private let marks: Mutex<[FileMark?]>

    /// - Parameter marks: of the files, from before they were read.
    package init(_ files: CertificateFiles, marks: [FileMark?]) {
        self.files = files
        self.marks = Mutex(marks)
    }

    /// One of the files may be new and the other not yet: then the pair is refused, and read again at the next change.
    package func refresh(_ server: HTTPServer, _ log: Log) {
        let now = files.marks
        guard marks.withLock({ $0 }) != now else { return }
        marks.withLock { $0 = now }
        do {
            try server.changeCertificate(try files.read())
            log.info("the certificate was read again", ["file": files.certificate])
        } catch {
            log.error("the certificate can't be used, so the one from before stays", ["error": "\(error)"])
        }
    }
}
