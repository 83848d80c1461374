/// Turns the file's tree into one node per known key; refuses unknown ones.
struct KeyFlattener {
    private let byName: [String: ConfigurationKey]
    /// `kafka` and `kafka.tls` for a key `kafka.tls.ca`.
    private let groups: Set<String>
    private let fileName: String
    private(set) var nodes: [String: YAMLNode] = [:]

    init(keys: [ConfigurationKey], fileName: String) {
        byName = Dictionary(keys.map { ($0.name, $0) }) { first, _ in first }
        groups = Set(
            keys.flatMap { key in
                key.name.indices.filter { key.name[$0] == "." }.map { String(key.name[..<$0]) }
            })
        self.fileName = fileName
    }

    mutating func add(_ root: YAMLNode) throws(ConfigurationError) {
        guard case .mapping(let members, _) = root else {
            throw ConfigurationError(
                at: .file(path: fileName, line: root.line), problem: "holds \(root.kind) instead of a group of keys",
                hint: "write it as `name: value`")
        }
        try add(members, prefix: "")
    }

    private mutating func add(_ members: [YAMLMember], prefix: String) throws(ConfigurationError) {
        for member in members {
            let name = prefix + member.name
            let origin = Origin.file(path: fileName, line: member.line)
            if byName[name] != nil {
                if let first = nodes.updateValue(member.value, forKey: name) {
                    throw ConfigurationError(
                        at: origin, key: name, problem: "is already set in line \(first.line)",
                        hint: "remove one of the two")
                }
            } else if groups.contains(name) {
                try addGroup(member.value, name: name, at: origin)
            } else {
                throw unknown(name, at: origin)
            }
        }
    }

    private mutating func addGroup(_ node: YAMLNode, name: String, at origin: Origin) throws(ConfigurationError) {
        switch node {
        case .null: break
        case .mapping(let inner, _): try add(inner, prefix: name + ".")
        case .scalar, .sequence:
            let inside = byName.keys.filter { $0.hasPrefix(name + ".") }.sorted().prefix(3)
            throw ConfigurationError(
                at: origin, key: name, problem: "is \(node.kind) instead of a group of keys",
                hint: "set one of its keys, such as " + inside.joined(separator: ", "))
        }
    }

    private func unknown(_ name: String, at origin: Origin) -> ConfigurationError {
        let nearest = NearestName.find(name, in: byName.keys.sorted() + groups.sorted())
        let shown = name.quoted().dropFirst().dropLast()
        return ConfigurationError(
            at: origin, key: String(shown), problem: "there is no such key",
            hint: nearest.map { "did you mean \($0)?" } ?? "`cachesync doctor` lists all keys")
    }
}
