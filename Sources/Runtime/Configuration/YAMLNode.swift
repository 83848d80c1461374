/// A part of a YAML document. Lines count from 1.
public indirect enum YAMLNode: Sendable, Equatable {
    case scalar(String, line: Int)
    case sequence([YAMLNode], line: Int)
    case mapping([YAMLMember], line: Int)
    /// Written as nothing, `~` or `null`: means "not set".
    case null(line: Int)

    public var line: Int {
        switch self {
        case .scalar(_, let line), .sequence(_, let line), .mapping(_, let line), .null(let line): line
        }
    }

    /// A mapping's value; nil for an absent name and for every other kind of node.
    public subscript(name: String) -> YAMLNode? {
        guard case .mapping(let members, _) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What an error message calls this kind.
    var kind: String {
        switch self {
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a group of keys"
        case .null: "nothing"
        }
    }
}

/// One `name: value` of a mapping.
public struct YAMLMember: Sendable, Equatable {
    public let name: String
    public let line: Int
    public let value: YAMLNode

    public init(name: String, line: Int, value: YAMLNode) {
        self.name = name
        self.line = line
        self.value = value
    }
}

/// Bounds of a YAML document.
public struct YAMLLimits: Sendable {
    public var bytesMax = 1 << 20
    public var depthMax = 32
    public var nodesMax = 100_000

    public init() {}
}
