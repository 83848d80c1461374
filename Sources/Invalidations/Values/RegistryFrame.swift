/// The frame that serializers of a schema registry put before JSON: a zero byte and a schema's number in four bytes.
public enum RegistryFrame {
    private static let byteCount = 5

    /// - Returns: all of the bytes where they have no frame.
    public static func content(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard bytes.first == 0, bytes.count > byteCount else { return bytes }
        return UnsafeRawBufferPointer(rebasing: bytes.dropFirst(byteCount))
    }
}
