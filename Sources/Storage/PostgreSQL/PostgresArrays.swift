internal import Glibc

/// Whole numbers as a PostgreSQL array: one column of many rows, for `unnest($1::bigint[], …)`.
public struct PostgresIntegers: Sendable {
    var elements = PostgresElements(type: PostgresType.integer)

    public init() {}

    public init(_ values: some Sequence<Int64>) {
        for value in values { append(value) }
    }

    public mutating func append(_ value: Int64?) {
        guard let value else { return elements.appendNull() }
        elements.append { $0.append(bigEndian: value) }
    }
}

/// Texts as a PostgreSQL array.
public struct PostgresTexts: Sendable {
    var elements = PostgresElements(type: PostgresType.text)

    public init() {}

    public init(_ values: some Sequence<String>) {
        for value in values { append(value) }
    }

    public mutating func append(_ value: String?) {
        guard let value else { return elements.appendNull() }
        elements.append { $0.append(text: value) }
    }
}

/// Strings of bytes as a PostgreSQL array.
public struct PostgresBlobs: Sendable {
    var elements = PostgresElements(type: PostgresType.bytes)

    public init() {}

    public init(_ values: some Sequence<[UInt8]>) {
        for value in values { append(value) }
    }

    public mutating func append(_ value: [UInt8]?) {
        guard let value else { return elements.appendNull() }
        elements.append { $0.append(contentsOf: value) }
    }

    /// A blob of 16 bytes, big-endian, so that blobs sort as the numbers do.
    public mutating func append(high: UInt64, low: UInt64) {
        elements.append { bytes in
            bytes.append(bigEndian: high)
            bytes.append(bigEndian: low)
        }
    }
}

/// Elements of an array, each behind its length, as the server reads them.
struct PostgresElements: Sendable {
    private let type: UInt32
    private var count: Int32 = 0
    private var hasNulls = false
    private var bytes: [UInt8] = []

    init(type: UInt32) {
        self.type = type
    }

    mutating func appendNull() {
        hasNulls = true
        count &+= 1
        bytes.append(bigEndian: Int32(-1))
    }

    mutating func append(_ write: (inout [UInt8]) -> Void) {
        count &+= 1
        let start = bytes.count
        bytes.append(bigEndian: Int32(0))
        write(&bytes)
        // An array of more bytes than a length can tell is refused as a whole when it is sent.
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
    }

    func encode(into target: inout [UInt8]) {
        target.reserveCapacity(target.count + bytes.count + 20)
        // No dimension for an empty array, otherwise one, whose elements are counted from 1.
        target.append(bigEndian: Int32(count == 0 ? 0 : 1))
        target.append(bigEndian: Int32(hasNulls ? 1 : 0))
        target.append(bigEndian: type)
        guard count > 0 else { return }
        target.append(bigEndian: count)
        target.append(bigEndian: Int32(1))
        target.append(contentsOf: bytes)
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// UTF-8 with U+FFFD for each NUL.
    mutating func append(text: String) {
        let start = count
        append(contentsOf: text.utf8)
        // By the C library: a text may have megabytes.
        let hasZero = withUnsafeBytes { bytes in
            let added = UnsafeRawBufferPointer(rebasing: bytes[start...])
            return added.baseAddress.map { memchr($0, 0, added.count) != nil } ?? false
        }
        guard hasZero else { return }
        removeSubrange(start...)
        append(contentsOf: text.replacing("\0", with: "\u{FFFD}").utf8)
    }
}
