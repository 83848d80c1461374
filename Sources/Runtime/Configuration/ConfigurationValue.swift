/// A setting as text, with where it came from. The typed readers stand in `ConfigurationValue+Types.swift`.
public struct ConfigurationValue: Sendable, CustomStringConvertible {
    /// Dotted name, for messages.
    public let key: String
    /// As written; a list's items with commas between them.
    public let text: String
    public let origin: Origin
    /// Must not be printed.
    public let isSecret: Bool
    /// The items of a list in the file; nil for a single text, which may still hold commas.
    let items: [String]?

    public init(key: String, text: String, origin: Origin, isSecret: Bool = false) {
        self.init(key: key, text: text, origin: origin, isSecret: isSecret, items: nil)
    }

    init(key: String, text: String, origin: Origin, isSecret: Bool, items: [String]?) {
        self.key = key
        self.text = text
        self.origin = origin
        self.isSecret = isSecret
        self.items = items
    }

    /// Whether the file has a list here.
    public var isList: Bool { items != nil }

    /// Fit to be shown: a secret only says that it is set.
    public var description: String { isSecret ? "(secret, set)" : text }

    /// An error about this value, for rules that only its reader knows. Quotes the value unless it is a secret.
    public func invalid(_ expected: String, hint: String? = nil) -> ConfigurationError {
        let found = isSecret ? "the secret" : text.quoted()
        return ConfigurationError(at: origin, key: key, problem: "\(found) is not \(expected)", hint: hint)
    }
}
