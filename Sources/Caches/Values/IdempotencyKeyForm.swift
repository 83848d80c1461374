/// Which keys a client may give a write, to send it again under.
public enum IdempotencyKeyForm {
    public static let bytesMax = 255

    /// Printable ASCII characters, and no blanks.
    public static func isAllowed(_ bytes: some Collection<UInt8>) -> Bool {
        (1...bytesMax).contains(bytes.count) && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
