/// Where an entry is: its namespace, its key, and the hash of both.
public struct CacheAddress: Hashable, Sendable {
    public let namespace: NamespaceNumber
    public let key: CacheKey
    let hash: UInt64

    package init(_ namespace: NamespaceNumber, _ key: CacheKey, _ hasher: SipHash) {
        self.namespace = namespace
        self.key = key
        hash = hasher.hash(key.bytes, domain: UInt64(namespace.value) << 32)
    }

    public static func == (a: CacheAddress, b: CacheAddress) -> Bool {
        a.hash == b.hash && a.namespace == b.namespace && a.key == b.key
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

/// Number of a namespace within one store.
public struct NamespaceNumber: Hashable, Sendable {
    let value: UInt32

    package init(value: UInt32) {
        self.value = value
    }
}
