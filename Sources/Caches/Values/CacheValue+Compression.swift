// Values that are held compressed, as zstd frames (RFC 8878): their windows are as small as RFC 9659 asks for.
extension CacheValue {
    /// What is not smaller than this part, in per cent, is held as it is.
    private static let percentMax = 88
    /// Quick rather than small.
    private static let level: Int32 = 1

    /// The same value in less memory.
    ///
    /// - Returns: nil where too little would be saved, or it is compressed.
    public func compressed() -> CacheValue? {
        guard coding == .identity, !held.isEmpty else { return nil }
        // With no more capacity the library gives up early where too little would be saved.
        let smaller: [UInt8]? = withUnsafeTemporaryAllocation(
            byteCount: held.count * Self.percentMax / 100, alignment: 16
        ) { buffer in
            // Copied: an array keeps all the capacity that it was made with.
            ZstdContexts.compress(held, level: Self.level, into: buffer).map { [UInt8](buffer.prefix($0)) }
        }
        return smaller.map { CacheValue(held: $0, coding: .zstd, entityTag: entityTag) }
    }

    /// What the publisher sent, byte by byte.
    ///
    /// - Returns: nil for what nobody has compressed so.
    public func expanded() -> [UInt8]? {
        guard coding == .zstd else { return held }
        guard (1...CacheLimits.valueBytes).contains(size) else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = ZstdContexts.expand(held, into: UnsafeMutableRawBufferPointer(buffer)) ?? 0
        }
        return bytes.count == size ? bytes : nil
    }

    /// A value from where it may have been damaged.
    ///
    /// - Parameters:
    ///   - coding: as a number, like the size: nobody has looked at them.
    ///   - entityTag: of what the publisher sent, as text.
    /// - Returns: nil unless all agree.
    package init?(held: [UInt8], coding: Int64, size: Int64, entityTag: String) {
        guard let coding = UInt8(exactly: coding).flatMap(Coding.init), let size = UInt32(exactly: size),
            let tag = EntityTag(count: size, text: entityTag)
        else { return nil }
        self.init(held: held, coding: coding, entityTag: tag)
        guard let bytes = expanded(), bytes.count == Int(size), EntityTag(of: bytes) == tag else { return nil }
    }
}
