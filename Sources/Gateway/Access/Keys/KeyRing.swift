internal import Crypto
internal import Invalidations

/// The API keys in force, by id.
final class KeyRing: Sendable {
    private let file: ReloadedFile<[String: APIKey]>

    /// - Throws: `ConfigurationError` for a file that can't be used.
    init(path: String) throws {
        file = try ReloadedFile(path) { path in
            let keys = try KeyFile(path: path).read()
            return Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0) })
        }
    }

    var path: String { file.path }

    /// In the order of ids.
    var list: [APIKey] { file.value.values.sorted { $0.id < $1.id } }

    /// Reads the file again, if it has changed.
    func refresh() -> ReloadedFile<[String: APIKey]>.Outcome { file.refresh() }

    /// Whether another user of the machine may read the file.
    var isReadableByOthers: Bool { file.isReadableByOthers }

    func principal(_ text: KeyText, now: Timestamp) throws(AccessFault) -> Principal {
        guard let key = file.value[text.id], SecretBytes.isSame(key.hash, text.hash) else { throw .unknown }
        switch key.closure(at: now) {
        case .expired: throw .expired
        case .revoked: throw .revoked
        case nil: return Principal("\(key.name) (key \(key.id))", key.scopes, key.grant)
        }
    }
}
