/// Value as it is stored, with the validator of what the publisher sent.
public struct CacheValue: Hashable, Sendable {
    public enum Coding: UInt8, Sendable {
        case identity
        case zstd
    }

    public let bytes: [UInt8]
    public let coding: Coding
    public let entityTag: EntityTag

    public init(_ bytes: [UInt8]) throws(CacheInputError) {
        guard bytes.count <= CacheLimits.valueBytes else { throw .valueIsTooLarge }
        self.bytes = bytes
        coding = .identity
        entityTag = EntityTag(of: bytes)
    }

    /// Compressed bytes; the validator stays that of the bytes before.
    public init(compressed: [UInt8], coding: Coding, entityTag: EntityTag) {
        bytes = compressed
        self.coding = coding
        self.entityTag = entityTag
    }
}
