/// Numbers in as few bytes as they need: seven bits a byte, the lowest first.
public enum Varint {
    public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads one number; nil at the end, and for one that does not fit 63 bits.
    public static func read(_ bytes: ArraySlice<UInt8>) -> (value: UInt64, rest: ArraySlice<UInt8>)? {
        var value: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            guard index < 9 else { return nil }
            value |= UInt64(byte & 0x7F) << (7 * index)
            if byte & 0x80 == 0 { return (value, bytes.dropFirst(index + 1)) }
        }
        return nil
    }
}
