internal import Caches
internal import HTTP
internal import Invalidations

/// The entry that a call names in its query.
struct EntryTarget: Hashable {
    let namespace: Namespace
    let key: CacheKey

    /// - Throws: where there is no key, first of all.
    init(_ request: HTTPRequest) throws(CallRefusal) {
        try self.init(key: request.parameter("key"), namespace: request.parameter("namespace"))
    }

    /// - Parameter namespace: nil for the default one.
    init(key: String?, namespace: String?) throws(CallRefusal) {
        guard let key, !key.isEmpty else { throw .missingKey }
        do throws(CacheInputError) {
            self.key = try CacheKey(key)
        } catch {
            throw CallRefusal(error)
        }
        self.namespace = try Self.namespace(namespace)
    }

    static func namespace(_ name: String?) throws(CallRefusal) -> Namespace {
        guard let name else { return .default }
        guard let namespace = Namespace(name) else { throw .namespaceNotAllowed }
        return namespace
    }
}
