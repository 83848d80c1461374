/// Tokens of HTTP: names of header fields, and methods (RFC 9110, section 5.6.2).
public enum HeaderToken {
    public static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    /// The same of bytes, for what is read from a connection.
    public static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E:  // ! # $ % & ' * + - . ^ _ ` | ~
            true
        default: byte.isASCIIAlphanumeric
        }
    }
}
