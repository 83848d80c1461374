/// Key of an entry within its namespace: 1 to 1,024 bytes, compared byte by byte.
///
/// Nothing is normalised. Two spellings of one letter are two keys, unlike two Swift strings.
public struct CacheKey: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) throws(CacheInputError) {
        guard !bytes.isEmpty else { throw .keyIsMissing }
        guard bytes.count <= CacheLimits.keyBytes else { throw .keyIsTooLong }
        self.bytes = bytes
    }

    public init(_ text: String) throws(CacheInputError) {
        try self.init(Array(text.utf8))
    }

    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
