internal import CCrypto

/// Secret bytes: made at random, and compared without telling how far they agree.
public enum SecretBytes {
    /// - Returns: nil when the system gives no random bytes.
    public static func random(count: Int) -> [UInt8]? {
        guard let size = Int32(exactly: count), size >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return RAND_bytes(&bytes, size) == 1 ? bytes : nil
    }

    /// Takes as long for a wrong byte at the beginning as for one at the end.
    public static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
