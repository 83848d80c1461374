/// Value for a parameter of a PostgreSQL statement. A text's NUL characters, which the server has no form for, are
/// sent as U+FFFD.
public enum PostgresParameter: Sendable {
    case integer(Int64?)
    case text(String?)
    case bytes([UInt8]?)
    case integers(PostgresIntegers)
    case texts(PostgresTexts)
    case blobs(PostgresBlobs)

    /// 16 bytes, big-endian, so that they sort as the numbers do.
    public static func wide(high: UInt64, low: UInt64) -> PostgresParameter {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
        return .bytes(bytes)
    }

    /// The server's number of the type.
    var type: UInt32 {
        switch self {
        case .integer: PostgresType.integer
        case .text: PostgresType.text
        case .bytes: PostgresType.bytes
        case .integers: PostgresType.integers
        case .texts: PostgresType.texts
        case .blobs: PostgresType.blobs
        }
    }

    /// Appends the value in PostgreSQL's binary form.
    ///
    /// - Returns: false for NULL, which has none.
    func encode(into bytes: inout [UInt8]) -> Bool {
        switch self {
        case .integer(let value):
            guard let value else { return false }
            bytes.append(bigEndian: value)
        case .text(let value):
            guard let value else { return false }
            bytes.append(text: value)
        case .bytes(let value):
            guard let value else { return false }
            bytes.append(contentsOf: value)
        case .integers(let array): array.elements.encode(into: &bytes)
        case .texts(let array): array.elements.encode(into: &bytes)
        case .blobs(let array): array.elements.encode(into: &bytes)
        }
        return true
    }
}

/// The server's numbers of the types that are sent and read. They never change.
enum PostgresType {
    static let boolean: UInt32 = 16
    static let bytes: UInt32 = 17
    static let integer: UInt32 = 20
    static let smallInteger: UInt32 = 21
    static let shortInteger: UInt32 = 23
    static let text: UInt32 = 25
    static let blobs: UInt32 = 1001
    static let texts: UInt32 = 1009
    static let integers: UInt32 = 1016
}
