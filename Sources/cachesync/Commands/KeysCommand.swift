import Edges
import Gateway
import Invalidations
import JSON
import Runtime

/// Makes, lists, rotates and revokes API keys in the file of keys.
struct KeysCommand {
    static let id = "ID"
    private static let grace = Duration.seconds(24 * 3_600)

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func create() throws -> ExitCode {
        guard let name = arguments.value("name") else {
            throw CommandError(.usage, "give --name NAME: logs and records show it in place of the key")
        }
        let names = arguments.values("scope")
        let scopes = names.isEmpty ? [.publish, .read] : Scopes(names.compactMap { Scopes(name: $0) })
        let grant = Grant(
            namespaces: try patterns("namespace") { NamespacePattern($0) },
            hosts: try patterns("host") { HostPattern($0) })
        let made = try APIKey.make(name: name, scopes: scopes, grant: grant, expiresAt: try time(in: "expires"))
        try settings.keyFile().add(made.key)
        show(made)
        return .ok
    }

    func list() throws -> ExitCode {
        let keys = try settings.keyFile().read(isOptional: true)
        if settings.isJSON {
            var output = JSONList()
            for key in keys {
                output.add { writer in
                    writer.beginObject()
                    key.writeMembers(into: &writer)
                    writer.member("state", Self.state(key))
                    writer.endObject()
                }
            }
            output.show()
            return .ok
        }
        var table = Table(["ID", "STATE", "SCOPES", "NAMESPACES", "HOSTS", "CREATED", "EXPIRES", "NAME"])
        for key in keys {
            table.add([
                key.id, Self.state(key), key.scopes.description, Self.text(key.grant.namespaces),
                Self.text(key.grant.hosts), key.createdAt.text, key.expiresAt?.text ?? "-", key.name,
            ])
        }
        Output.text(keys.isEmpty ? "no keys" : table.text)
        return .ok
    }

    func rotate() throws -> ExitCode {
        let end = try time(in: "grace") ?? Timestamp.now() + Self.milliseconds(Self.grace)
        let id = arguments.positional(Self.id) ?? ""
        show(try settings.keyFile().rotate(id, until: end))
        Output.notice("the key \(id) stays valid until \(end.text) at the latest")
        return .ok
    }

    func revoke() throws -> ExitCode {
        let id = arguments.positional(Self.id) ?? ""
        try settings.keyFile().revoke(id)
        if settings.isJSON { Output.object { $0.member("revoked", id) } } else { Output.text("revoked \(id)") }
        return .ok
    }

    /// The one time that the key is shown.
    private func show(_ made: (key: APIKey, text: String)) {
        if settings.isJSON {
            Output.object { writer in
                writer.member("id", made.key.id)
                writer.member("key", made.text)
            }
        } else {
            Output.text(made.text)
            Output.notice("this is the only time that the key is shown")
        }
    }

    private static func state(_ key: APIKey) -> String { key.closure(at: .now())?.rawValue ?? "valid" }

    private static func text(_ patterns: [some CustomStringConvertible]?) -> String {
        patterns?.map(\.description).joined(separator: ",") ?? "all"
    }

    /// Nil for an option that is not given: then nothing is limited.
    private func patterns<Pattern>(_ option: String, _ make: (String) -> Pattern?) throws -> [Pattern]? {
        let texts = arguments.values(option)
        guard !texts.isEmpty else { return nil }
        return try texts.map { text in
            guard let pattern = make(text) else { throw CommandError(.usage, "--\(option): \(text) is no pattern") }
            return pattern
        }
    }

    private func time(in option: String) throws -> Timestamp? {
        guard let text = arguments.value(option) else { return nil }
        let value = ConfigurationValue(key: option, text: text, origin: .flag(option))
        return .now() + Self.milliseconds(try value.duration(in: .zero...(.seconds(100 * 365 * 86_400))))
    }

    private static func milliseconds(_ duration: Duration) -> Int64 { duration.components.seconds * 1_000 }
}
