internal import Basics

/// Strong validator of a value's bytes, the same in every process.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    private let hash: UInt64
    private let count: UInt32

    /// The key is part of the format: nodes and restarts agree.
    private static let hasher = SipHash(key0: 0x6361_6368_6573_796E, key1: 0x635F_6574_6167_7631)

    public init(of bytes: [UInt8]) {
        hash = Self.hasher.hash(bytes)
        count = UInt32(truncatingIfNeeded: bytes.count)
    }

    /// With its quotes, as `ETag` carries it.
    public var description: String {
        let high = Hexadecimal.text(UInt32(hash >> 32), width: 8)
        let low = Hexadecimal.text(UInt32(hash & 0xFFFF_FFFF), width: 8)
        return "\"\(high)\(low)-\(String(count, radix: 16))\""
    }

    /// Whether a list of `If-Match` or `If-None-Match` names it, or is `*`.
    ///
    /// - Parameter isWeak: `If-None-Match` compares weakly (RFC 9110, section 13.1.2), so `W/` is passed over.
    public func isNamed(in list: String, isWeak: Bool) -> Bool {
        EntityTagList.names(description, in: list, isWeak: isWeak)
    }
}
