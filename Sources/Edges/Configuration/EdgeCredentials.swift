internal import Foundation

/// What an edge asks for before it purges. Never printed, in whatever form.
public struct EdgeCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    /// What goes out with every call; nil without credentials.
    let header: EdgeHeader?
    /// What must not show in messages that quote the edge.
    private let secrets: [String]

    public static let none = EdgeCredentials(header: nil, secrets: [])

    /// `Authorization: Bearer …`. Nil for a key that no header can hold.
    public static func bearer(_ key: String) -> EdgeCredentials? {
        header("Authorization", "Bearer \(key)", secrets: [key])
    }

    /// A header of the edge's own, such as `X-Purge-Key`. Nil for one that is not a configuration's to set.
    public static func header(_ name: String, _ value: String) -> EdgeCredentials? {
        header(name, value, secrets: [value])
    }

    /// `Authorization: Basic …` (RFC 7617). Nil for a user with a colon.
    public static func basic(user: String, password: String) -> EdgeCredentials? {
        guard !user.contains(":"), HeaderRule.isValue(user), HeaderRule.isValue(password) else { return nil }
        let encoded = Data("\(user):\(password)".utf8).base64EncodedString()
        return header("Authorization", "Basic \(encoded)", secrets: [password, encoded])
    }

    public var description: String { header == nil ? "none" : "(secret, set)" }

    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The text without any of the secrets in it.
    func removed(from text: String) -> String {
        var text = text
        for secret in secrets where text.contains(secret) {
            text = text.replacingOccurrences(of: secret, with: "(secret)")
        }
        return text
    }

    private static func header(_ name: String, _ value: String, secrets: [String]) -> EdgeCredentials? {
        guard HeaderRule.isName(name), HeaderRule.refusal(name) == nil, HeaderRule.isValue(value),
            secrets.allSatisfy({ !$0.isEmpty })
        else { return nil }
        return EdgeCredentials(header: EdgeHeader(name, value), secrets: secrets)
    }
}
