public import Invalidations

/// API key as the file of keys has it: what it opens, and the hash of its text.
public struct APIKey: Sendable, Equatable {
    public let id: String
    /// Of its holder, as logs and records show it.
    public let name: String
    public let scopes: Scopes
    public let grant: Grant
    let hash: [UInt8]
    public let createdAt: Timestamp
    public internal(set) var expiresAt: Timestamp?
    public internal(set) var revokedAt: Timestamp?

    init(
        id: String, name: String, scopes: Scopes, grant: Grant, hash: [UInt8], createdAt: Timestamp,
        expiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil
    ) {
        (self.id, self.name, self.scopes, self.grant, self.hash) = (id, name, scopes, grant, hash)
        (self.createdAt, self.expiresAt, self.revokedAt) = (createdAt, expiresAt, revokedAt)
    }

    /// A new key, and its text, which is kept nowhere.
    ///
    /// - Throws: `KeyError`
    public static func make(
        name: String, scopes: Scopes, grant: Grant, createdAt: Timestamp = .now(), expiresAt: Timestamp? = nil
    ) throws -> (key: APIKey, text: String) {
        guard Principal.isName(name) else {
            throw KeyError.invalid("a name has 1 to \(Principal.nameBytesMax) printable ASCII characters")
        }
        guard !scopes.isEmpty else { throw KeyError.invalid("a key needs a scope") }
        guard let text = KeyText.make(), let parsed = KeyText(Array(text.utf8)) else { throw KeyError.noRandomBytes }
        let key = APIKey(
            id: parsed.id, name: name, scopes: scopes, grant: grant, hash: parsed.hash, createdAt: createdAt,
            expiresAt: expiresAt)
        return (key, text)
    }

    /// Why it opens nothing at that time; nil when it does.
    public enum Closure: String, Sendable {
        case expired, revoked
    }

    public func closure(at time: Timestamp) -> Closure? {
        if revokedAt != nil { return .revoked }
        return expiresAt.map { $0 <= time } == true ? .expired : nil
    }
}

/// Why keys can't be made, changed or read.
public enum KeyError: Error, Equatable, CustomStringConvertible {
    case invalid(String)
    case unknown(String)
    case tooMany(Int)
    case noRandomBytes

    public var description: String {
        switch self {
        case .invalid(let problem): problem
        case .unknown(let id): "no key has the id \(id)"
        case .tooMany(let most): "a file holds at most \(most) keys"
        case .noRandomBytes: "the system gives no random bytes"
        }
    }
}
