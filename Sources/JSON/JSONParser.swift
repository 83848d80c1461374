internal import CSimdjson

/// What a document is refused for, in simdjson's words.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(message: String) {
        self.message = message
    }

    public var description: String { message }
}

/// Parses one document after another with simdjson, reusing its buffers.
///
/// Not `Sendable`: each thread that decodes owns one. UTF-8 is validated, and a document
/// larger than `bytesMax` bytes or nested deeper than `depthMax` levels is refused. A number that is too large for its
/// kind is read as the nearest double, so that it stands in nobody's way where nobody looks at it.
public final class JSONParser {
    private let parser: OpaquePointer
    private let bytesMax: Int
    private let padding: Int
    /// simdjson reads past the end of a document, so each one is copied into memory that allows it.
    private var buffer: UnsafeMutableRawBufferPointer
    private var isParsing = false

    public init(bytesMax: Int, depthMax: Int = 16) {
        precondition(bytesMax > 0 && depthMax > 0, "a parser needs memory")
        guard let parser = csj_parser_new(bytesMax, depthMax) else {
            fatalError("no memory for a JSON parser of \(bytesMax) bytes")
        }
        self.parser = parser
        self.bytesMax = bytesMax
        padding = csj_padding()
        buffer = .allocate(byteCount: 4096, alignment: 64)
    }

    deinit {
        csj_parser_free(parser)
        buffer.deallocate()
    }

    /// Calls `body` with the document's root. The value and all that is reached from it
    /// are valid within `body` only.
    ///
    /// - Throws: `JSONError` for a malformed document, and what `body` throws.
    public func parse<R>(_ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) throws -> R) throws -> R {
        precondition(!isParsing, "a document is still being read from this parser")
        guard bytes.count <= bytesMax else {
            throw JSONError(message: "the document has \(bytes.count) bytes, more than the \(bytesMax) allowed")
        }
        guard !bytes.isEmpty else { throw JSONError(message: "the document is empty") }
        freeCapacity(for: bytes.count)
        buffer.copyMemory(from: bytes)

        var tape: UnsafePointer<UInt64>?
        var strings: UnsafePointer<UInt8>?
        let start = UnsafeRawPointer(buffer.baseAddress!).assumingMemoryBound(to: UInt8.self)
        var code = csj_parse(parser, start, bytes.count, &tape, &strings)
        // Rare, so that nobody else pays for it.
        if csj_is_number_error(code) != 0, LargeNumbers.shorten(in: buffer[..<bytes.count]) {
            code = csj_parse(parser, start, bytes.count, &tape, &strings)
        }
        guard code == 0, let tape, let strings else {
            throw JSONError(message: String(cString: csj_error_message(code)))
        }
        isParsing = true
        defer { isParsing = false }
        // Word 0 is the root's frame, word 1 the document's first value.
        return try body(JSONValue(tape: tape, strings: strings, index: 1))
    }

    public func parse<R>(_ bytes: [UInt8], _ body: (JSONValue) throws -> R) throws -> R {
        try bytes.withUnsafeBytes { try parse($0, body) }
    }

    private func freeCapacity(for count: Int) {
        guard buffer.count < count + padding else { return }
        let size = max(count + padding, min(buffer.count * 2, bytesMax + padding))
        buffer.deallocate()
        buffer = .allocate(byteCount: size, alignment: 64)
    }
}
