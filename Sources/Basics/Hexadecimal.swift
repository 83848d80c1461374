/// Hexadecimal digits, and numbers written with them.
public enum Hexadecimal {
    /// What the digit stands for, in either case; nil for any other byte.
    @inlinable @inline(__always)
    public static func value(of digit: UInt8) -> UInt8? {
        let number = digit &- 0x30
        if number < 10 { return number }
        let offset = (digit | 0x20) &- 0x61
        return offset < 6 ? offset + 10 : nil
    }

    /// The digit of the low four bits.
    @inlinable @inline(__always)
    public static func digit(_ value: UInt8, isUppercase: Bool = false) -> UInt8 {
        let nibble = value & 15
        return nibble < 10 ? 0x30 + nibble : (isUppercase ? 0x41 : 0x61) - 10 + nibble
    }

    /// The two digits of a byte.
    public static func append(_ byte: UInt8, to bytes: inout [UInt8], isUppercase: Bool = false) {
        bytes.append(digit(byte >> 4, isUppercase: isUppercase))
        bytes.append(digit(byte, isUppercase: isUppercase))
    }

    /// Two digits for each byte.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.count)
        for byte in bytes { append(byte, to: &digits) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// A number with zeros in front, where it has fewer digits than that.
    public static func text(_ number: UInt32, width: Int, isUppercase: Bool = false) -> String {
        let digits = String(number, radix: 16, uppercase: isUppercase)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
