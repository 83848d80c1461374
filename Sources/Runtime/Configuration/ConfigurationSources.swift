/// All settings that are in force. A flag wins over the environment, that over the file, that over the default;
/// each value remembers where it came from. An empty environment variable counts as not set.
public struct ConfigurationSources: Sendable {
    public let keys: [ConfigurationKey]
    private let byName: [String: ConfigurationKey]
    private let flags: [String: String]
    let environment: [String: String]
    private let nodes: [String: YAMLNode]
    let reference: ConfigurationReference
    /// The variables that the file takes values from.
    let fileReferences: Set<String>

    /// - Parameters:
    ///   - flags: by flag name without dashes; names that no key has are the command's own and ignored.
    ///   - file: the document's root, a group of keys; nil without a file.
    ///   - fileName: the file's path as the operator gave it.
    /// - Throws: when the file sets a key that does not exist, or one key twice.
    public init(
        keys: [ConfigurationKey], flags: [String: String] = [:], environment: [String: String] = [:],
        file: YAMLNode? = nil, fileName: String? = nil
    ) throws(ConfigurationError) {
        self.keys = keys
        self.flags = flags
        self.environment = environment
        byName = Dictionary(keys.map { ($0.name, $0) }) { first, _ in
            preconditionFailure("two configuration keys are named \(first.name)")
        }
        reference = ConfigurationReference(fileName: fileName ?? "configuration", environment: environment)
        var flattener = KeyFlattener(keys: keys, fileName: reference.fileName)
        if let file { try flattener.add(file) }
        nodes = flattener.nodes
        fileReferences = file?.environmentReferences ?? []
    }

    /// What is in force; nil when no source sets it and it has no default.
    ///
    /// - Throws: when the value names a secret that can't be read, or is a group of keys.
    public func optional(_ name: String) throws(ConfigurationError) -> ConfigurationValue? {
        let key = key(name)
        if let flag = key.flag, let text = flags[flag] {
            return ConfigurationValue(key: name, text: text, origin: .flag(flag), isSecret: key.isSecret)
        }
        if let variable = key.environment, let text = environment[variable], !text.isEmpty {
            return ConfigurationValue(key: name, text: text, origin: .environment(variable), isSecret: key.isSecret)
        }
        if let node = nodes[name], let value = try reference.value(of: node, key: name, isSecret: key.isSecret) {
            return value
        }
        return key.default.map { ConfigurationValue(key: name, text: $0, origin: .default, isSecret: key.isSecret) }
    }

    /// What is in force.
    ///
    /// - Throws: also when nothing is.
    public func value(_ name: String) throws(ConfigurationError) -> ConfigurationValue {
        if let value = try optional(name) { return value }
        throw ConfigurationError(key: name, problem: "is not set", hint: key(name).hint)
    }

    /// A structured part of the file, such as the list of edges; nil when the file has none.
    public func node(at name: String) -> YAMLNode? {
        precondition(key(name).isStructured, "\(name) is not declared as structured")
        return nodes[name]
    }

    /// The entries of a structured list, such as `edges`, each to be read key by key.
    public func sections(_ name: String) throws(ConfigurationError) -> [ConfigurationSection] {
        guard let node = node(at: name) else { return [] }
        return try ConfigurationSection.list(node, name: name, reference: reference)
    }

    /// A structured group, to be read key by key; nil when the file has none.
    public func section(_ name: String) throws(ConfigurationError) -> ConfigurationSection? {
        guard let node = node(at: name) else { return nil }
        return try ConfigurationSection(node, name: name, reference: reference)
    }

    /// A path as meant: in the file from the file's folder, elsewhere from the folder that the process runs in.
    public func path(_ value: ConfigurationValue) -> String {
        if case .file = value.origin { reference.resolve(value.text) } else { value.text }
    }

    private func key(_ name: String) -> ConfigurationKey {
        guard let key = byName[name] else { preconditionFailure("no configuration key is named \(name)") }
        return key
    }
}

extension ConfigurationSources {
    public func string(_ name: String) throws(ConfigurationError) -> String {
        try value(name).text
    }

    public func int(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        try value(name).int(in: range)
    }

    public func bool(_ name: String) throws(ConfigurationError) -> Bool {
        try value(name).bool()
    }

    public func duration(
        _ name: String, in range: ClosedRange<Duration>? = nil
    ) throws(ConfigurationError) -> Duration {
        try value(name).duration(in: range)
    }

    /// Empty when nothing is set.
    public func list(_ name: String) throws(ConfigurationError) -> [String] {
        try optional(name)?.list() ?? []
    }

    public func port(_ name: String, zero: Bool = false) throws(ConfigurationError) -> Int {
        try value(name).port(zero: zero)
    }

    public func hostPort(_ name: String, defaultPort: Int? = nil) throws(ConfigurationError) -> HostPort {
        try value(name).hostPort(defaultPort: defaultPort)
    }
}
