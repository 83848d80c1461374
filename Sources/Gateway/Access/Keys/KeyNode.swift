internal import Basics
internal import Crypto
internal import Edges
internal import Invalidations
internal import Runtime

/// Reads one key of the file of keys.
struct KeyNode {
    private static let known: Set = [
        "id", "name", "scopes", "namespaces", "hosts", "hash", "createdAt", "expiresAt", "revokedAt",
    ]

    private let node: YAMLNode
    private let path: String

    init(_ node: YAMLNode, path: String) throws(ConfigurationError) {
        self.node = node
        self.path = path
        guard case .mapping(let members, _) = node else { throw fault("is no group of keys") }
        for member in members where !Self.known.contains(member.name) {
            // A limit that is misspelt must not be passed over.
            throw fault("there is no such member as \(member.name.prefix(64))")
        }
    }

    func key() throws(ConfigurationError) -> APIKey {
        let id = try text("id")
        guard KeyText.isID(id.utf8) else { throw fault("id is no id of a key") }
        let name = try text("name")
        guard Principal.isName(name) else { throw fault("name is not printable ASCII") }
        var scopes: Scopes = []
        for word in try list("scopes") ?? [] {
            guard let scope = Scopes(name: word) else {
                throw fault("scopes may hold \(Scopes.allNames.joined(separator: ", "))")
            }
            scopes.insert(scope)
        }
        return APIKey(
            id: id, name: name, scopes: scopes,
            grant: Grant(
                namespaces: try patterns("namespaces") { NamespacePattern($0) },
                hosts: try patterns("hosts") { HostPattern($0) }),
            hash: try hash(), createdAt: try time("createdAt") ?? Timestamp(milliseconds: 0),
            expiresAt: try time("expiresAt"), revokedAt: try time("revokedAt"))
    }

    private func hash() throws(ConfigurationError) -> [UInt8] {
        let digits = Array(try text("hash").utf8)
        guard digits.count == 2 * SHA256Digest.byteCount else { throw fault("hash is no SHA-256 in hexadecimal") }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Hexadecimal.value(of: digits[index]), let low = Hexadecimal.value(of: digits[index + 1])
            else { throw fault("hash is no SHA-256 in hexadecimal") }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private func text(_ name: String) throws(ConfigurationError) -> String {
        guard case .scalar(let text, _) = node[name] else { throw fault("\(name) is not given") }
        return text
    }

    private func time(_ name: String) throws(ConfigurationError) -> Timestamp? {
        switch node[name] {
        case nil, .null: return nil
        case .scalar(let text, _):
            guard let time = Timestamp(text) else { throw fault("\(name) is no RFC 3339 time") }
            return time
        default: throw fault("\(name) is no RFC 3339 time")
        }
    }

    private func list(_ name: String) throws(ConfigurationError) -> [String]? {
        switch node[name] {
        case nil, .null: return nil
        case .sequence(let elements, _):
            var texts: [String] = []
            for element in elements {
                guard case .scalar(let text, _) = element else { throw fault("\(name) is no list of texts") }
                texts.append(text)
            }
            return texts
        default: throw fault("\(name) is no list of texts")
        }
    }

    private func patterns<Pattern>(
        _ name: String, _ make: (String) -> Pattern?
    ) throws(ConfigurationError) -> [Pattern]? {
        guard let texts = try list(name) else { return nil }
        guard texts.count <= Grant.patternsMax else {
            throw fault("\(name) has more than \(Grant.patternsMax) entries")
        }
        var patterns: [Pattern] = []
        for text in texts {
            guard let pattern = make(text) else { throw fault("\(name) holds \(text.prefix(64)), which is no pattern") }
            patterns.append(pattern)
        }
        return patterns
    }

    private func fault(_ problem: String) -> ConfigurationError {
        ConfigurationError(at: .file(path: path, line: node.line), problem: "in this key \(problem)")
    }
}
