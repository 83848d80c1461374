/// What `doctor` shows of one setting.
public struct ConfigurationRow: Sendable, Equatable {
    public let key: String
    /// Fit to be shown: never a secret.
    public let value: String
    /// Where the value comes from; nil when it is not set.
    public let origin: String?
    /// What is wrong with it; nil when it could be read.
    public let fault: String?
    public let help: String
}

extension ConfigurationSources {
    /// Every key in its declared order, with what is in force.
    public func describe() -> [ConfigurationRow] {
        keys.map(row)
    }

    /// The same as aligned text, a line for each key.
    public func describeText() -> String {
        let rows = describe()
        let keyWidth = rows.map(\.key.count).max() ?? 0
        let valueWidth = min(40, rows.map(\.value.count).max() ?? 0)
        return rows.map { row in
            let origin = row.origin.map { "(\($0))" } ?? ""
            let value = row.value.padded(to: valueWidth)
            return "\(row.key.padded(to: keyWidth))  \(value)  \(row.fault ?? row.help) \(origin)\n"
        }.joined()
    }

    private func row(_ key: ConfigurationKey) -> ConfigurationRow {
        if key.isStructured {
            let node = node(at: key.name)
            let origin = node.map { "\(Origin.file(path: reference.fileName, line: $0.line))" }
            return ConfigurationRow(
                key: key.name, value: node.map(Self.summary) ?? "(not set)", origin: origin, fault: nil, help: key.help)
        }
        do {
            let value = try optional(key.name)
            return ConfigurationRow(
                key: key.name, value: value.map { $0.isSecret ? $0.description : $0.text.shown } ?? "(not set)",
                origin: value?.origin.description, fault: nil, help: key.help)
        } catch {
            return ConfigurationRow(
                key: key.name, value: "(faulty)", origin: error.origin?.description, fault: error.problem,
                help: key.help)
        }
    }

    private static func summary(_ node: YAMLNode) -> String {
        switch node {
        case .sequence(let elements, _): "(\(elements.count) entries)"
        case .mapping(let members, _): "(\(members.count) keys)"
        case .scalar(let text, _): text.shown
        case .null: "(empty)"
        }
    }
}

extension String {
    /// On one line of a table.
    fileprivate var shown: String {
        let quoted = quoted(limit: 120)
        return quoted.dropFirst().dropLast() == self ? self : quoted
    }
}
