internal import Basics

/// Strong validator of a value's bytes, the same in every process.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    private let hash: UInt64
    private let byteCount: UInt32

    /// The key is part of the format: nodes and restarts agree.
    private static let hasher = SipHash(key0: 0x6361_6368_6573_796E, key1: 0x635F_6574_6167_7631)

    public init(of bytes: [UInt8]) {
        hash = Self.hasher.hash(bytes)
        byteCount = UInt32(truncatingIfNeeded: bytes.count)
    }

    /// - Parameter text: without a coding, as `description` has it.
    /// - Returns: nil for what is no tag of so many bytes.
    init?(count: UInt32, text: String) {
        guard let hash = UInt64(text.dropFirst().prefix(16), radix: 16) else { return nil }
        (self.hash, byteCount) = (hash, count)
        guard description == text else { return nil }
    }

    /// How many bytes the publisher sent.
    var count: Int { Int(byteCount) }

    /// With its quotes, as `ETag` carries it.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        bytes.append(UInt8(ascii: "\""))
        for shift in stride(from: 56, through: 0, by: -8) {
            Hexadecimal.append(UInt8(truncatingIfNeeded: hash >> UInt64(shift)), to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self) + "-\(String(byteCount, radix: 16))\""
    }

    /// The validator of the value in a coding. A strong one is of these bytes and no others (RFC 9110, section 8.8.3).
    public func text(_ coding: CacheValue.Coding) -> String {
        switch coding {
        case .identity: description
        case .zstd: description.dropLast() + "-zstd\""
        }
    }

    /// Whether a list of `If-Match` or `If-None-Match` names the value, in whatever coding, or is `*`.
    ///
    /// - Parameter isWeak: `If-None-Match` compares weakly (RFC 9110, section 13.1.2), so `W/` is passed over.
    public func isNamed(in list: String, isWeak: Bool) -> Bool {
        named(in: list, isWeak: isWeak, preferring: .identity) != nil
    }

    /// The validator that a list names, so that a client finds what it has by it.
    ///
    /// - Parameter coding: of the answer: its validator comes first where the list names both, or is `*`.
    public func named(in list: String, isWeak: Bool, preferring coding: CacheValue.Coding) -> String? {
        let codings: [CacheValue.Coding] = coding == .zstd ? [.zstd, .identity] : [.identity, .zstd]
        return codings.lazy.map(text).first { EntityTagList.names($0, in: list, isWeak: isWeak) }
    }
}
