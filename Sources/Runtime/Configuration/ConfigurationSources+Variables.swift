/// A variable of the environment that is called like a setting and is none.
public struct UnknownVariable: Sendable, Equatable {
    public let name: String
    /// The variable that was probably meant.
    public let nearest: String?
}

extension ConfigurationSources {
    /// Variables that begin like ours but set nothing, by name. Those that the file takes a secret from do, and so
    /// do those that container platforms set for a service of our name.
    ///
    /// - Parameters:
    ///   - prefix: what all our variables begin with, such as `CACHESYNC_`.
    ///   - others: variables that are read elsewhere.
    public func unknownVariables(prefix: String, others: Set<String> = []) -> [UnknownVariable] {
        let known = Dictionary(keys.compactMap { key in key.environment.map { ($0, key) } }) { first, _ in first }
        let referenced = fileReferences
        return environment.keys.sorted().filter { name in
            name.hasPrefix(prefix) && known[name] == nil && !others.contains(name) && !referenced.contains(name)
                && !Self.isSetByPlatform(name, value: environment[name] ?? "")
        }.map { name in
            UnknownVariable(
                name: name, nearest: nearest(to: String(name.dropFirst(prefix.count)), prefix, known, others))
        }
    }

    /// The common beginning says nothing, so the endings are compared: as a whole, then with the last word of a
    /// setting.
    private func nearest(
        to ending: String, _ prefix: String, _ known: [String: ConfigurationKey], _ others: Set<String>
    ) -> String? {
        let endings = (Array(known.keys) + others).map { String($0.dropFirst(prefix.count)) }.sorted()
        if let whole = NearestName.find(ending, in: endings) { return prefix + whole }
        guard let key = NearestName.find(ending, in: known.values.map(\.name).sorted()) else { return nil }
        return known.values.first { $0.name == key }?.environment
    }

    /// As Kubernetes and linked containers announce a service: `NAME_SERVICE_HOST`, `NAME_PORT_8080_TCP_ADDR`,
    /// `NAME_PORT` with an address.
    private static func isSetByPlatform(_ name: String, value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        if name.hasSuffix("_PORT") { return value.hasPrefix("tcp://") || value.hasPrefix("udp://") }
        let parts = name.split(separator: "_")
        guard let port = parts.lastIndex(of: "PORT"), port + 2 < parts.count else { return false }
        return UInt16(parts[port + 1]) != nil && ["TCP", "UDP"].contains(parts[port + 2])
    }
}

extension YAMLNode {
    /// The variables that `{env: NAME}` names, wherever it stands.
    var environmentReferences: Set<String> {
        switch self {
        case .scalar, .null: []
        case .sequence(let elements, _): elements.reduce(into: []) { $0.formUnion($1.environmentReferences) }
        case .mapping(let members, _):
            members.reduce(into: []) { names, member in
                if case .scalar(let name, _) = member.value, member.name == "env" { names.insert(name) }
                names.formUnion(member.value.environmentReferences)
            }
        }
    }
}
