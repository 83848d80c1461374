import Foundation

/// A certificate authority of clients, made by openssl.
public final class TestAuthority: Sendable {
    public struct Issued: Sendable {
        public let certificateFile: String
        public let keyFile: String
    }

    public let directory: TemporaryDirectory
    public var certificateFile: String { directory.file("authority.pem") }
    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-utf8"]

    public init() throws {
        directory = try TemporaryDirectory("authority")
        try run(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Clients"] + Self.newKey
                + ["-keyout", directory.file("authority.key"), "-out", certificateFile])
    }

    /// - Parameters:
    ///   - name: of the files.
    ///   - subject: as `-subj` has it, in the certificate's order: `/O=Shop/CN=ci`.
    ///   - extensions: lines of a section of openssl's configuration, and sections that these name.
    ///   - days: that it is good for; it has expired when negative.
    ///   - swap: bytes of the certificate, and others in their place: what openssl would not write. As many.
    public func issue(
        _ name: String, subject: String, extensions: [String] = ["extendedKeyUsage=clientAuth"], days: Int = 2,
        swap: (from: String, to: String)? = nil
    ) throws -> Issued {
        let issued = Issued(
            certificateFile: directory.file("\(name).pem"), keyFile: directory.file("\(name).key"))
        let (request, section) = (directory.file("\(name).csr"), directory.file("\(name).ext"))
        try (extensions.joined(separator: "\n") + "\n").write(toFile: section, atomically: true, encoding: .utf8)
        try run(
            ["req", "-new", "-subj", subject, "-multivalue-rdn"] + Self.newKey
                + ["-keyout", issued.keyFile, "-out", request])
        try run([
            "x509", "-req", "-in", request, "-CA", certificateFile, "-CAkey", directory.file("authority.key"),
            "-days", "\(days)", "-set_serial", "\(UInt32.random(in: 1...UInt32.max))", "-extfile", section,
            "-out", issued.certificateFile,
        ])
        if let swap { try rewrite(issued.certificateFile, swap.from, swap.to) }
        return issued
    }

    /// Puts other bytes into a certificate, and signs it again.
    private func rewrite(_ file: String, _ from: String, _ to: String) throws {
        let (binary, signed, signature) = (
            directory.file("swap.der"), directory.file("swap.tbs"), directory.file("swap.sig")
        )
        try run(["x509", "-in", file, "-outform", "DER", "-out", binary])
        var whole = try Data(contentsOf: URL(filePath: binary))
        guard let range = whole.range(of: Data(from.utf8)), from.utf8.count == to.utf8.count else {
            throw TestCertificateFailure(description: "the certificate does not hold \(from)")
        }
        whole.replaceSubrange(range, with: Data(to.utf8))
        // Certificate ::= SEQUENCE { what is signed, algorithm, signature }; each has a length of two bytes or none.
        let content = Self.content(whole)
        let body = content.prefix(Self.size(content))
        let remainder = content.dropFirst(body.count)
        let algorithm = remainder.prefix(Self.size(Data(remainder)))
        try Data(body).write(to: URL(filePath: signed))
        try run(["dgst", "-sha256", "-sign", directory.file("authority.key"), "-out", signature, signed])
        let bits = Self.element(0x03, Data([0]) + (try Data(contentsOf: URL(filePath: signature))))
        try Self.element(0x30, Data(body) + Data(algorithm) + bits).write(to: URL(filePath: binary))
        try run(["x509", "-inform", "DER", "-in", binary, "-out", file])
    }

    /// What stands in the outermost element.
    private static func content(_ bytes: Data) -> Data {
        Data(bytes.dropFirst(bytes[1] < 0x80 ? 2 : 2 + Int(bytes[1] & 0x7F)))
    }

    /// Bytes of the first element, its head included.
    private static func size(_ bytes: Data) -> Int {
        guard bytes[1] >= 0x80 else { return 2 + Int(bytes[1]) }
        let count = Int(bytes[1] & 0x7F)
        return bytes[2..<(2 + count)].reduce(0) { $0 << 8 | Int($1) } + 2 + count
    }

    private static func element(_ tag: UInt8, _ content: Data) -> Data {
        let count = content.count
        let head: [UInt8] = count < 0x80 ? [tag, UInt8(count)] : [tag, 0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return Data(head) + content
    }

    private func run(_ arguments: [String]) throws {
        let log = directory.file("openssl.log")
        let openssl = try ChildProcess(["openssl"] + arguments, output: log)
        guard try openssl.waitForExit() == 0 else {
            throw TestCertificateFailure(description: try String(contentsOfFile: log, encoding: .utf8))
        }
    }
}
