internal import Basics
internal import Edges
public import Invalidations
internal import JSON
internal import Runtime

/// File of API keys: a YAML list with one key a line, as `cachesync keys` writes it.
public struct KeyFile: Sendable {
    public static let countMax = 10_000
    static let bytesMax = 16 << 20

    public let path: String

    public init(path: String) {
        self.path = path
    }

    /// - Parameter isOptional: a file that does not exist holds no keys.
    /// - Throws: `ConfigurationError`
    public func read(isOptional: Bool = false) throws -> [APIKey] {
        if isOptional, !BoundedFile.exists(path) { return [] }
        return try Self.parse(try BoundedFile.read(path, bytesMax: Self.bytesMax), path: path)
    }

    /// Adds a key.
    public func add(_ key: APIKey) throws {
        try change { $0.append(key) }
    }

    /// A new key with what the old one opens. The old one opens it until `end`, too.
    ///
    /// - Returns: the new key and its text, which is kept nowhere.
    /// - Throws: `KeyError`, also for a key that opens nothing any more.
    public func rotate(_ id: String, until end: Timestamp, now: Timestamp = .now()) throws -> (
        key: APIKey, text: String
    ) {
        var made: (key: APIKey, text: String)?
        try change { keys in
            guard let index = keys.firstIndex(where: { $0.id == id }) else { throw KeyError.unknown(id) }
            let old = keys[index]
            if let closure = old.closure(at: now) { throw KeyError.invalid("the key \(id) is \(closure.rawValue)") }
            let new = try APIKey.make(
                name: old.name, scopes: old.scopes, grant: old.grant, createdAt: now, expiresAt: old.expiresAt)
            keys[index].expiresAt = min(end, old.expiresAt ?? end)
            keys.append(new.key)
            made = new
        }
        guard let made else { throw KeyError.unknown(id) }
        return made
    }

    /// Closes a key at once. One that is revoked stays so.
    public func revoke(_ id: String, now: Timestamp = .now()) throws {
        try change { keys in
            guard let index = keys.firstIndex(where: { $0.id == id }) else { throw KeyError.unknown(id) }
            if keys[index].revokedAt == nil { keys[index].revokedAt = now }
        }
    }

    /// One after the other, and each as a whole: who reads the file sees it before or after a change.
    private func change(_ body: (inout [APIKey]) throws -> Void) throws {
        try PrivateFile(path: path).update {
            var keys = try read(isOptional: true)
            try body(&keys)
            guard keys.count <= Self.countMax else { throw KeyError.tooMany(Self.countMax) }
            return Self.text(of: keys)
        }
    }
}

// The form of the file.
extension KeyFile {
    private static let header = "# API keys of the gateway: hashes, no secrets. Change it with `cachesync keys`.\n"

    static func text(of keys: [APIKey]) -> [UInt8] {
        guard !keys.isEmpty else { return Array((header + "[]\n").utf8) }
        return keys.reduce(into: Array(header.utf8)) { text, key in
            var writer = JSONWriter(capacity: 512)
            writer.beginObject()
            key.writeMembers(into: &writer)
            writer.member("hash", Hexadecimal.text(key.hash))
            writer.endObject()
            text += Array("- ".utf8) + writer.bytes + Array("\n".utf8)
        }
    }

    /// - Throws: `ConfigurationError` with the line of what is wrong.
    static func parse(_ bytes: [UInt8], path: String) throws -> [APIKey] {
        var limits = YAMLLimits()
        (limits.bytesMax, limits.depthMax, limits.nodesMax) = (bytesMax, 4, 64 * countMax)
        guard let root = try YAMLReader.parse(bytes, fileName: path, limits: limits) else { return [] }
        guard case .sequence(let elements, _) = root, elements.count <= countMax else {
            throw ConfigurationError(
                at: .file(path: path, line: root.line), problem: "is no list of at most \(countMax) keys")
        }
        var ids: Set<String> = []
        return try elements.map { element in
            let key = try KeyNode(element, path: path).key()
            guard ids.insert(key.id).inserted else {
                throw ConfigurationError(
                    at: .file(path: path, line: element.line), problem: "the id \(key.id) is there twice")
            }
            return key
        }
    }
}
