/// Number of a JSON document as an exact decimal: no digit is lost to a floating-point type.
struct DecimalNumber: Hashable {
    private let isNegative: Bool
    /// Without zeros at either end; empty for zero.
    private let digits: [UInt8]
    /// Power of ten behind the last digit.
    private let exponent: Int

    /// - Parameter text: a number by the grammar of RFC 8259.
    /// - Returns: nil where the exponent is too large to be meant.
    init?(_ text: ArraySlice<UInt8>) {
        var text = text
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { text = text.dropFirst() }
        var exponent = 0
        if let mark = text.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            let written = text[(mark + 1)...].drop { $0 == UInt8(ascii: "+") }
            guard let number = Int(String(decoding: written, as: UTF8.self)), abs(number) < 1 << 40 else { return nil }
            exponent = number
            text = text[..<mark]
        }
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1)
        let fraction = parts.count > 1 ? parts[1] : []
        exponent -= fraction.count
        var digits = Array((parts.first ?? []).drop { $0 == UInt8(ascii: "0") } + fraction)
        if parts.first?.allSatisfy({ $0 == UInt8(ascii: "0") }) ?? true {
            digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
        }
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        self.digits = digits
        self.exponent = digits.isEmpty ? 0 : exponent
        self.isNegative = isNegative && !digits.isEmpty
    }
}
