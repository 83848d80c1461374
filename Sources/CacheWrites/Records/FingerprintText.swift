internal import Basics
internal import Caches

/// Fingerprint of a write as text: `NAME:CONTENT`, of 32 hexadecimal digits each.
enum FingerprintText {
    private static let digits = 32

    static func text(_ fingerprint: WriteFingerprint) -> String {
        "\(Hexadecimal.text(bytes(fingerprint.name))):\(Hexadecimal.text(bytes(fingerprint.content)))"
    }

    /// - Returns: nil for any other text.
    static func fingerprint(_ text: String) -> WriteFingerprint? {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let name = number(parts[0]), let content = number(parts[1]) else { return nil }
        return WriteFingerprint(name: name, content: content)
    }

    private static func bytes(_ number: UInt128) -> [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: number >> (120 - 8 * $0)) }
    }

    private static func number(_ text: Substring.UTF8View) -> UInt128? {
        guard text.count == digits else { return nil }
        var number: UInt128 = 0
        for byte in text {
            guard let digit = Hexadecimal.value(of: byte) else { return nil }
            number = number << 4 | UInt128(digit)
        }
        return number
    }
}
