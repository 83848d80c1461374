internal import Basics
internal import Crypto
internal import JSON
internal import Runtime

/// Reads a file of keys: a public key in PEM, or a set of keys in JSON (RFC 7517).
enum SigningKeySet {
    static let countMax = 32
    private static let bytesMax = 256 << 10

    /// - Throws: `ConfigurationError`
    static func readPEM(_ path: String) throws -> [SigningKey] {
        let bytes = try BoundedFile.read(path, bytesMax: bytesMax)
        guard let key = PublicKey(pem: bytes) else {
            throw ConfigurationError(
                at: .file(path: path, line: 0),
                problem: "holds no public key in PEM, of RSA with 2048 bits or more, or of the curve P-256")
        }
        return [SigningKey(.publicKey(key))]
    }

    /// - Throws: `ConfigurationError`
    static func readJSON(_ path: String) throws -> [SigningKey] {
        let bytes = try BoundedFile.read(path, bytesMax: bytesMax)
        func fault(_ problem: String) -> ConfigurationError {
            ConfigurationError(at: .file(path: path, line: 0), problem: problem)
        }
        let keys: [SigningKey]
        do {
            keys = try JSONParser(bytesMax: bytesMax).parse(bytes) { root in
                guard let list = root["keys"], list.kind == .array, list.count <= countMax else {
                    throw fault("has no list keys of at most \(countMax)")
                }
                var keys: [SigningKey] = []
                list.forEachElement { element in
                    // Sets hold keys for other uses and of other kinds as well: those verify nothing here.
                    if let key = key(element) { keys.append(key) }
                }
                return keys
            }
        } catch let error as JSONError {
            throw fault("is no JSON: \(error)")
        }
        guard !keys.isEmpty else { throw fault("holds no key for HS256, RS256 or ES256") }
        return keys
    }

    /// - Returns: nil for a key that is not for signatures by one of the algorithms, and for one that is not sound.
    private static func key(_ value: JSONValue) -> SigningKey? {
        guard value["use"]?.string ?? "sig" == "sig", let material = material(value) else { return nil }
        let key = SigningKey(material, id: value["kid"]?.string)
        return value["alg"]?.string ?? key.algorithm == key.algorithm ? key : nil
    }

    private static func material(_ value: JSONValue) -> SigningKey.Material? {
        func bytes(_ name: StaticString) -> [UInt8]? { value[name]?.string.flatMap { Base64URL.bytes($0[...]) } }
        switch value["kty"]?.string {
        case "oct":
            guard let secret = bytes("k"), secret.count >= SigningKey.secretBytesMin else { return nil }
            return .secret(secret)
        case "RSA":
            guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
            return PublicKey(modulus: modulus, exponent: exponent).map { .publicKey($0) }
        case "EC":
            guard value["crv"]?.string == "P-256", let x = bytes("x"), let y = bytes("y") else { return nil }
            return PublicKey(x: x, y: y).map { .publicKey($0) }
        default: return nil
        }
    }
}
