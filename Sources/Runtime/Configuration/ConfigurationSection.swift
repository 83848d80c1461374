/// A group of keys inside a structured part of the file, such as one edge.
public struct ConfigurationSection: Sendable {
    /// For messages: `edges[2]`, or with its own name once known.
    public let name: String
    public let origin: Origin
    private let members: [YAMLMember]
    private let reference: ConfigurationReference

    init(_ node: YAMLNode, name: String, reference: ConfigurationReference) throws(ConfigurationError) {
        origin = .file(path: reference.fileName, line: node.line)
        self.name = name
        self.reference = reference
        guard case .mapping(let members, _) = node else {
            throw ConfigurationError(
                at: origin, key: name, problem: "is \(node.kind) instead of a group of keys",
                hint: "write it as `name: value`")
        }
        self.members = members
    }

    static func list(
        _ node: YAMLNode, name: String, reference: ConfigurationReference
    ) throws(ConfigurationError) -> [ConfigurationSection] {
        switch node {
        case .null: return []
        case .sequence(let elements, _):
            var sections: [ConfigurationSection] = []
            for (index, element) in elements.enumerated() {
                sections.append(try ConfigurationSection(element, name: "\(name)[\(index)]", reference: reference))
            }
            return sections
        case .scalar, .mapping:
            throw ConfigurationError(
                at: .file(path: reference.fileName, line: node.line), key: name,
                problem: "is \(node.kind) instead of a list", hint: "begin each entry with `- `")
        }
    }

    /// - Throws: for the first key that is none of `known`, with the nearest of them.
    public func allow(_ known: [String]) throws(ConfigurationError) {
        for member in members where !known.contains(member.name) {
            let nearest = NearestName.find(member.name, in: known)
            throw ConfigurationError(
                at: .file(path: reference.fileName, line: member.line),
                key: "\(name).\(member.name.quoted().dropFirst().dropLast())", problem: "there is no such key",
                hint: nearest.map { "did you mean \($0)?" } ?? "known are " + known.joined(separator: ", "))
        }
    }

    /// nil when it is not set. A value given as `{env: NAME}` or `{file: path}` is a secret.
    public func optional(_ key: String, isSecret: Bool = false) throws(ConfigurationError) -> ConfigurationValue? {
        guard let node = node(key) else { return nil }
        return try reference.value(of: node, key: "\(name).\(key)", isSecret: isSecret)
    }

    /// - Throws: also when it is not set.
    public func value(_ key: String, isSecret: Bool = false) throws(ConfigurationError) -> ConfigurationValue {
        if let value = try optional(key, isSecret: isSecret) { return value }
        throw ConfigurationError(at: origin, key: "\(name).\(key)", problem: "is not set", hint: "add it here")
    }

    /// An inner group; nil when it is not set.
    public func section(_ key: String) throws(ConfigurationError) -> ConfigurationSection? {
        guard let node = node(key), node != .null(line: node.line) else { return nil }
        return try ConfigurationSection(node, name: "\(name).\(key)", reference: reference)
    }

    /// An inner list of groups; empty when it is not set.
    public func sections(_ key: String) throws(ConfigurationError) -> [ConfigurationSection] {
        guard let node = node(key) else { return [] }
        return try Self.list(node, name: "\(name).\(key)", reference: reference)
    }

    /// The keys that are set here, in the file's order.
    public var keys: [String] { members.map(\.name) }

    /// An error about the whole group.
    public func invalid(_ problem: String, hint: String? = nil) -> ConfigurationError {
        ConfigurationError(at: origin, key: name, problem: problem, hint: hint)
    }

    /// A path as meant in the file: from the file's folder.
    public func path(_ value: ConfigurationValue) -> String {
        reference.resolve(value.text)
    }

    private func node(_ key: String) -> YAMLNode? {
        members.first { $0.name == key }?.value
    }
}
