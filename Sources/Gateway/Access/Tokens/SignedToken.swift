internal import Basics
internal import JSON

/// Parts of a JSON Web Token in its compact form (RFC 7515, section 7.1).
struct SignedToken {
    static let bytesMax = 8 << 10

    /// What the signature is of: header and payload as sent.
    let signed: [UInt8]
    let header: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]

    /// Whether it may be one: three parts with dots between them.
    static func isOne(_ credential: [UInt8]) -> Bool {
        credential.count { $0 == UInt8(ascii: ".") } == 2
    }

    /// - Throws: `AccessFault.malformed`
    init(_ credential: [UInt8]) throws(AccessFault) {
        guard credential.count <= Self.bytesMax else { throw .malformed }
        let parts = credential.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed }
        let decoded = parts.map { Base64URL.bytes(Substring(decoding: $0, as: UTF8.self)) }
        guard let header = decoded[0], let payload = decoded[1], let signature = decoded[2], !signature.isEmpty else {
            throw .malformed
        }
        signed = Array(credential[..<parts[1].endIndex])
        (self.header, self.payload, self.signature) = (header, payload, signature)
    }

    /// What the header says of the signature.
    struct Header: Sendable {
        let algorithm: String
        let keyID: String?

        /// - Returns: nil without an algorithm, and with extensions that a reader must understand.
        init?(_ root: JSONValue) {
            guard let algorithm = root["alg"]?.string, root["crit"] == nil else { return nil }
            self.algorithm = algorithm
            keyID = root["kid"]?.string
        }
    }
}
