/// Principal: who sends a request, and what it may do.
struct Principal: Sendable {
    /// As logs and records show it.
    let name: String
    let scopes: Scopes
    let grant: Grant
    /// False where nobody had to show a credential.
    let isAuthenticated: Bool

    static let nameBytesMax = 200

    init(_ name: String, _ scopes: Scopes, _ grant: Grant = .unlimited, isAuthenticated: Bool = true) {
        self.name = name
        self.scopes = scopes
        self.grant = grant
        self.isAuthenticated = isAuthenticated
    }

    /// Of a gateway that asks for no credential.
    static let anyone = Principal("anyone", .all, isAuthenticated: false)
    /// Of a request that was not screened: it may nothing.
    static let nobody = Principal("nobody", [], Grant(namespaces: [], hosts: []), isAuthenticated: false)

    /// Whether logs, header fields and records can show the name as it is.
    static func isName(_ text: String) -> Bool {
        (1...nameBytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }
}
