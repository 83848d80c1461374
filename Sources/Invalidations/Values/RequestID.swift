internal import Basics

/// The id of one invalidation request: a UUID, made by us as version 7 so that it carries its time.
///
/// UUID version 7: RFC 9562, section 5.7.
public struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first and the last eight bytes, big-endian.
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new version 7 id of that time.
    public init(at time: Timestamp, using random: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | (random.next() & 0x0FFF)
        low = 0x8000_0000_0000_0000 | (random.next() & 0x3FFF_FFFF_FFFF_FFFF)
    }

    /// A new version 7 id of that time, from the system's random source.
    public init(at time: Timestamp) {
        var random = SystemRandomNumberGenerator()
        self.init(at: time, using: &random)
    }

    /// The usual form of 36 characters, in either case; nil for anything else.
    public init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { Self.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// - Parameter bytes: exactly 16, or the result is nil.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An id made of a digest, the same for the same digest: a UUID of version 8 (RFC 9562, section 5.8).
    ///
    /// - Parameter digest: its first 16 bytes count.
    public init(digest: some Collection<UInt8>) {
        let high = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = digest.dropFirst(8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(high: high & ~0xF000 | 0x8000, low: low & ~(UInt64(0b11) << 62) | UInt64(0b10) << 62)
    }

    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
    }

    /// The time a version 7 id carries; nil for ids of other versions.
    public var time: Timestamp? {
        guard (high >> 12) & 0xF == 7 else { return nil }
        return Timestamp(milliseconds: Int64(high >> 16))
    }

    public var text: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            write(to: buffer)
            return 36
        }
    }

    /// The 36 bytes of `text`, from the beginning of the buffer.
    func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        var index = 0
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                buffer[index] = UInt8(ascii: "-")
                index += 1
            }
            let half = digit < 16 ? high : low
            buffer[index] = Hexadecimal.digit(UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (digit & 15))))
            index += 1
        }
    }

    public var description: String { text }

    /// By time, as far as ids of version 7 go.
    public static func < (a: RequestID, b: RequestID) -> Bool {
        (a.high, a.low) < (b.high, b.low)
    }

    /// The same of bytes.
    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> RequestID? {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in text.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let nibble = Hexadecimal.value(of: byte).map({ UInt64($0) }) else { return nil }
            if digits < 16 { halves.0 = halves.0 << 4 | nibble } else { halves.1 = halves.1 << 4 | nibble }
            digits += 1
        }
        return RequestID(high: halves.0, low: halves.1)
    }
}
