/// SipHash-1-3: a keyed 64-bit hash that nobody can aim at without its key.
///
/// Tables keep their order for a given key, so that a seeded run repeats; Swift's own hasher has another key in each
/// process.
public struct SipHash: Sendable {
    private let key0: UInt64
    private let key1: UInt64

    public init(key0: UInt64, key1: UInt64) {
        self.key0 = key0
        self.key1 = key1
    }

    /// - Parameter domain: keeps equal bytes of different owners apart.
    public func hash(_ bytes: [UInt8], domain: UInt64 = 0) -> UInt64 { hash(bytes.span, domain) }

    func hash(_ text: String, domain: UInt64) -> UInt64 { hash(text.utf8Span.span, domain) }

    private func hash(_ span: Span<UInt8>, _ domain: UInt64) -> UInt64 {
        var state = State(key0 ^ domain, key1)
        let words = span.bytes
        let whole = span.count & ~7
        var index = 0
        while index < whole {
            state.add(UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var last = UInt64(truncatingIfNeeded: span.count) << 56
        var shift: UInt64 = 0
        while index < span.count {
            last |= UInt64(span[index]) << shift
            shift += 8
            index += 1
        }
        state.add(last)
        return state.finish()
    }

    public func hash(_ number: UInt64, domain: UInt64 = 0) -> UInt64 {
        var state = State(key0 ^ domain, key1)
        state.add(number)
        state.add(8 << 56)
        return state.finish()
    }

    private struct State {
        private var v0: UInt64
        private var v1: UInt64
        private var v2: UInt64
        private var v3: UInt64

        @inline(__always)
        init(_ key0: UInt64, _ key1: UInt64) {
            v0 = key0 ^ 0x736F_6D65_7073_6575
            v1 = key1 ^ 0x646F_7261_6E64_6F6D
            v2 = key0 ^ 0x6C79_6765_6E65_7261
            v3 = key1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func add(_ word: UInt64) {
            v3 ^= word
            mix()
            v0 ^= word
        }

        @inline(__always)
        mutating func finish() -> UInt64 {
            v2 ^= 0xFF
            for _ in 0..<3 { mix() }
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        private mutating func mix() {
            v0 &+= v1
            v2 &+= v3
            v1 = Self.rotated(v1, 13) ^ v0
            v3 = Self.rotated(v3, 16) ^ v2
            v0 = Self.rotated(v0, 32)
            v2 &+= v1
            v0 &+= v3
            v1 = Self.rotated(v1, 17) ^ v2
            v3 = Self.rotated(v3, 21) ^ v0
            v2 = Self.rotated(v2, 32)
        }

        @inline(__always)
        private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
            word &<< bits | word &>> (64 - bits)
        }
    }
}
