/// Which namespaces an edge serves: one by name, all that begin alike (`shop-*`), or all (`*`).
public enum NamespacePattern: Hashable, Sendable, CustomStringConvertible {
    case exactly(String)
    case prefix(String)

    /// - Returns: nil for a star anywhere but at the end, and for what no namespace could be.
    public init?(_ text: String) {
        let isPrefix = text.hasSuffix("*")
        let stem = isPrefix ? String(text.dropLast()) : text
        guard Namespace(stem) != nil || (isPrefix && stem.isEmpty) else { return nil }
        self = isPrefix ? .prefix(stem) : .exactly(stem)
    }

    public static let all = NamespacePattern.prefix("")

    public func matches(_ namespace: Namespace) -> Bool {
        switch self {
        case .exactly(let name): namespace.name == name
        case .prefix(let stem): namespace.name.utf8.starts(with: stem.utf8)
        }
    }

    /// What every namespace that it means begins with.
    var stem: String {
        switch self {
        case .exactly(let text), .prefix(let text): text
        }
    }

    public var description: String {
        switch self {
        case .exactly(let name): name
        case .prefix(let stem): stem + "*"
        }
    }
}
