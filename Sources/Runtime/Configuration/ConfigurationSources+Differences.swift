// What has changed since the configuration was read before.
extension ConfigurationSources {
    /// The names of the keys whose values differ, in their declared order. Where a value comes from does not matter.
    ///
    /// - Throws: when a value can't be read.
    public func differences(from earlier: ConfigurationSources) throws(ConfigurationError) -> [String] {
        var names: [String] = []
        for key in keys {
            let isSame: Bool
            if key.isStructured {
                isSame = node(at: key.name)?.content == earlier.node(at: key.name)?.content
            } else {
                isSame = try optional(key.name)?.text == earlier.optional(key.name)?.text
            }
            if !isSame { names.append(key.name) }
        }
        return names
    }
}

extension YAMLNode {
    /// All but the lines.
    fileprivate var content: YAMLNode {
        switch self {
        case .scalar(let text, _): .scalar(text, line: 0)
        case .sequence(let elements, _): .sequence(elements.map(\.content), line: 0)
        case .mapping(let members, _):
            .mapping(members.map { YAMLMember(name: $0.name, line: 0, value: $0.value.content) }, line: 0)
        case .null: .null(line: 0)
        }
    }
}
