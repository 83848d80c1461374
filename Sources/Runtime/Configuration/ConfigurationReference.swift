/// Reads what a file's node stands for: a text, a list of texts, or a secret kept elsewhere.
///
/// `{env: NAME}` and `{file: path}` are how credentials are given; what they name is always a secret. A path is
/// taken from the configuration file's folder. One trailing line end of a file does not belong to the secret.
struct ConfigurationReference {
    static let secretBytesMax = 64 << 10

    let fileName: String
    let environment: [String: String]

    /// - Returns: nil for an empty node.
    func value(of node: YAMLNode, key: String, isSecret: Bool) throws(ConfigurationError) -> ConfigurationValue? {
        let origin = Origin.file(path: fileName, line: node.line)
        switch node {
        case .null: return nil
        case .scalar(let text, _): return ConfigurationValue(key: key, text: text, origin: origin, isSecret: isSecret)
        case .sequence(let elements, _):
            let items = try texts(elements, key: key)
            return ConfigurationValue(
                key: key, text: items.joined(separator: ","), origin: origin, isSecret: isSecret, items: items)
        case .mapping(let members, _): return try secret(members, key: key, at: origin)
        }
    }

    private func texts(_ elements: [YAMLNode], key: String) throws(ConfigurationError) -> [String] {
        var items: [String] = []
        for element in elements {
            guard case .scalar(let text, _) = element else {
                throw ConfigurationError(
                    at: .file(path: fileName, line: element.line), key: key,
                    problem: "a list of single values is expected here, not \(element.kind)")
            }
            items.append(text)
        }
        return items
    }

    private func secret(
        _ members: [YAMLMember], key: String, at origin: Origin
    ) throws(ConfigurationError) -> ConfigurationValue {
        guard members.count == 1, case .scalar(let target, _) = members[0].value, !target.isEmpty,
            ["env", "file"].contains(members[0].name)
        else {
            throw ConfigurationError(
                at: origin, key: key, problem: "a single value is expected here, not a group of keys",
                hint: "write the value, or {env: NAME} or {file: path} to take it from there")
        }
        if members[0].name == "env" {
            guard let text = environment[target], !text.isEmpty else {
                throw ConfigurationError(
                    at: origin, key: key, problem: "the environment variable \(target.quoted()) is not set",
                    hint: "set it, or name another")
            }
            return ConfigurationValue(
                key: key, text: text, origin: .reference(from: origin, to: "environment \(target)"), isSecret: true)
        }
        return try fileSecret(target, key: key, at: origin)
    }

    private func fileSecret(
        _ target: String, key: String, at origin: Origin
    ) throws(ConfigurationError) -> ConfigurationValue {
        let path = resolve(target)
        var bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, bytesMax: Self.secretBytesMax)
        } catch {
            throw ConfigurationError(
                at: origin, key: key, problem: "\(path) \(error.problem)", hint: "name a file that holds the secret")
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw ConfigurationError(
                at: origin, key: key, problem: "\(path) is empty or not UTF-8 text",
                hint: "name a file that holds the secret")
        }
        return ConfigurationValue(
            key: key, text: text, origin: .reference(from: origin, to: "file \(path)"), isSecret: true)
    }

    /// Paths in a configuration file are meant from its folder, wherever the process was started.
    func resolve(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = fileName.lastIndex(of: "/") else { return path }
        return fileName[...slash] + path
    }
}
