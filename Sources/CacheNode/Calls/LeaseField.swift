internal import Basics
internal import Caches

/// The field `Cache-Lease`: a lease as 16 hexadecimal digits.
enum LeaseField {
    static let name = "Cache-Lease"
    private static let digits = 16

    static func text(_ token: FillToken) -> String {
        Hexadecimal.text(UInt32(token.value >> 32), width: 8)
            + Hexadecimal.text(UInt32(token.value & 0xFFFF_FFFF), width: 8)
    }

    /// - Returns: nil for what is no lease.
    static func token(_ text: String) -> FillToken? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ Hexadecimal.value(of: $0) != nil }) else { return nil }
        return UInt64(text, radix: 16).map { FillToken($0) }
    }
}
