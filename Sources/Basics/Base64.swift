/// Base64 in both alphabets (RFC 4648, sections 4 and 5).
public enum Base64 {
    /// What stands for 62 and 63.
    public enum Alphabet: Sendable {
        /// `+` and `/`.
        case standard
        /// `-` and `_`.
        case url

        fileprivate var last: (UInt8, UInt8) {
            switch self {
            case .standard: (UInt8(ascii: "+"), UInt8(ascii: "/"))
            case .url: (UInt8(ascii: "-"), UInt8(ascii: "_"))
            }
        }
    }

    private static let common = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// - Parameter isPadded: whether `=` fills up the last group.
    public static func digits(of bytes: [UInt8], _ alphabet: Alphabet, isPadded: Bool) -> [UInt8] {
        let digits = common + [alphabet.last.0, alphabet.last.1]
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for digit in 0...group.count { text.append(digits[Int(bits >> UInt32(18 - 6 * digit)) & 63]) }
            if isPadded { text += repeatElement(UInt8(ascii: "="), count: 3 - group.count) }
        }
        return text
    }

    /// What digits came to.
    public struct Reading {
        public fileprivate(set) var bytes: [UInt8] = []
        /// Whether there was nothing but digits; the padding is none.
        public fileprivate(set) var isWhole = true
        /// Whether nothing is left over that belongs to no byte.
        public fileprivate(set) var isEven = true
    }

    /// Reads whole bytes, up to the first byte that is no digit.
    public static func read(_ digits: some Sequence<UInt8>, _ alphabet: Alphabet) -> Reading {
        var reading = Reading()
        var (bits, held): (UInt32, UInt32) = (0, 0)
        for digit in digits {
            guard let value = value(digit, alphabet) else {
                reading.isWhole = false
                break
            }
            bits = bits << 6 | UInt32(value)
            held += 6
            guard held >= 8 else { continue }
            held -= 8
            reading.bytes.append(UInt8(truncatingIfNeeded: bits >> held))
        }
        reading.isEven = held < 6 && bits & ((1 << held) - 1) == 0
        return reading
    }

    private static func value(_ digit: UInt8, _ alphabet: Alphabet) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case alphabet.last.0: 62
        case alphabet.last.1: 63
        default: nil
        }
    }
}
