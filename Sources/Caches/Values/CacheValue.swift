/// Value as it is held, with the validator of what the publisher sent.
public struct CacheValue: Hashable, Sendable {
    public enum Coding: UInt8, Sendable {
        case identity
        case zstd
    }

    /// The publisher's bytes in this coding.
    public let held: [UInt8]
    public let coding: Coding
    public let entityTag: EntityTag

    public init(_ bytes: [UInt8]) throws(CacheInputError) {
        guard bytes.count <= CacheLimits.valueBytes else { throw .valueIsTooLarge }
        self.init(held: bytes, coding: .identity, entityTag: EntityTag(of: bytes))
    }

    /// - Parameter held: looked at by nobody, so it must be what `compressed()` makes where it is compressed.
    package init(held: [UInt8], coding: Coding, entityTag: EntityTag) {
        (self.held, self.coding, self.entityTag) = (held, coding, entityTag)
    }

    /// How many bytes the publisher sent.
    public var size: Int { coding == .identity ? held.count : entityTag.count }

    /// What the publisher sent, where the value is held as it is: what is written to the log is.
    public var bytes: [UInt8] { coding == .identity ? held : expanded() ?? [] }
}
