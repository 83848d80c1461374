import Basics
import Glibc

/// What has come in of a request, and what becomes known of its answer.
struct RequestReader {
    enum Body: Equatable {
        case awaited
        case arriving
        /// Beyond the bound; what still comes is thrown away, so that the client lives to read the refusal.
        case tooLarge(discarded: Int)
    }

    var isBegun = false
    /// It was answered past the library, which must not go on with it.
    var isRefused = false
    /// Where the library holds the target, as addresses that are only compared.
    var targetRange: Range<UInt> = 0..<0
    /// Where the library holds the next bytes of the body, as an address that is only compared.
    var bodyStart: UInt = 0
    var method = ""
    var isOldVersion = false
    var headers = HTTPHeaders()
    var path: String?
    var query: [(name: String, value: String)] = []
    /// What the screen has found out.
    var context: (any Sendable)?
    private(set) var body: [UInt8] = []
    var bodyState = Body.awaited
    var isDispatched = false
    var status = 0
    /// Bytes of the body that have come, whether they are kept or not.
    var bytesIn = 0
    var bytesOut = 0

    /// - Returns: false when the client goes on sending far beyond the bound.
    mutating func append(_ piece: UnsafeRawBufferPointer, max: Int) -> Bool {
        switch bodyState {
        case .awaited, .arriving:
            bodyState = .arriving
            guard body.count + piece.count <= max else {
                bodyState = .tooLarge(discarded: body.count + piece.count)
                body = []
                return true
            }
            body.append(contentsOf: piece)
            return true
        case .tooLarge(let discarded):
            bodyState = .tooLarge(discarded: discarded + piece.count)
            return discarded + piece.count <= Self.discardedMax(bodyMax: max)
        }
    }

    /// Whether a body is announced.
    var hasBody: Bool { isChunked || headers.first("Content-Length").map { $0 != "0" } ?? false }

    mutating func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    private static func discardedMax(bodyMax: Int) -> Int {
        bodyMax.multipliedReportingOverflow(by: 4).overflow ? .max : max(bodyMax * 4, 64 * 1024)
    }

    /// The library ends the parts of the request line with NULs where the spaces were. A part that is shorter than
    /// its place held a NUL of its own, and the library has lost what followed it.
    func requestLineFault(
        method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, lineMax: Int
    ) -> RequestFault? {
        guard let method, let version else { return nil }
        let afterMethod = UInt(bitPattern: method) + UInt(strlen(method)) + 1
        let afterTarget = targetRange.upperBound + 1
        // A distance beyond the line: the library keeps that part elsewhere, and nothing can be said.
        let gaps = [targetRange.lowerBound &- afterMethod, UInt(bitPattern: version) &- afterTarget]
        guard gaps.allSatisfy({ $0 == 0 || $0 > UInt(lineMax) }) else {
            return RequestFault(400, "The request line holds a NUL, or more than one space in a row.")
        }
        return nil
    }

    /// The rules of message framing that the library leaves to its users (RFC 9112, sections 3.2 and 6).
    func framingFault(bodyBytesMax: Int) -> RequestFault? {
        guard HeaderToken.isToken(method), method.utf8.count <= 32 else {
            return RequestFault(400, "The method is not a token.")
        }
        for field in headers.fields {
            guard HeaderToken.isToken(field.name) else {
                return RequestFault(400, "The name of a header field is not a token: no blank may stand in it.")
            }
            guard field.value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
                return RequestFault(400, "The header field \(field.name.prefix(64)) holds a control character.")
            }
        }
        // HTTP/1.0 knew no Host.
        guard headers.all("Host").count == 1 || (isOldVersion && headers.all("Host").isEmpty) else {
            return RequestFault(400, "There must be one Host field.")
        }
        return lengthFault(bodyBytesMax: bodyBytesMax)
    }

    /// What is wrong with how long the body is said to be.
    func lengthFault(bodyBytesMax: Int) -> RequestFault? {
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        guard lengths.count <= 1, codings.count <= 1, lengths.isEmpty || codings.isEmpty else {
            return RequestFault(400, "The length of the body is said more than once.")
        }
        if let coding = codings.first, !HTTPHeaders.isSame(coding, "chunked") {
            return RequestFault(501, "The only transfer coding that is served is chunked.")
        }
        guard let text = lengths.first else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.isASCIIDigit }) else {
            return RequestFault(400, "Content-Length is not a number.")
        }
        guard let length = Int(text), length <= bodyBytesMax else { return .bodyTooLarge(bodyBytesMax) }
        return nil
    }
}

// Chunks (RFC 9112, section 7.1). The library takes them apart; what it is too patient with is refused here.
extension RequestReader {
    private static let extensionBytesMax = 1024

    var isChunked: Bool { headers.first("Transfer-Encoding") != nil }

    /// - Parameter piece: of the body, in the library's buffer. One that does not stand at the buffer's start is the
    ///   first of its chunk, and the line that says the chunk's size stands before it.
    func chunkFault(before piece: UnsafeRawBufferPointer, bodyBytesMax: Int, bufferBytesMax: Int) -> RequestFault? {
        guard isChunked, let address = piece.baseAddress, UInt(bitPattern: address) > bodyStart else { return nil }
        let count = Int(clamping: UInt(bitPattern: address) - bodyStart)
        guard bodyStart != 0, count <= bufferBytesMax else { return nil }
        let before = UnsafeRawBufferPointer(start: address - count, count: count)
        guard before.suffix(2).elementsEqual("\r\n".utf8) else { return Self.bareLineFeed }
        var line = before.dropLast(2)
        if let lineFeed = line.lastIndex(of: UInt8(ascii: "\n")) {
            guard lineFeed > 0, before[lineFeed - 1] == UInt8(ascii: "\r") else { return Self.bareLineFeed }
            line = line[(lineFeed + 1)...]
        }
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        guard line.count - digits.count <= Self.extensionBytesMax else { return .chunkExtensionTooLong }
        guard let size = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else {
            return RequestFault(400, "The size of a chunk is no hexadecimal number.")
        }
        return size <= UInt64(bodyBytesMax) ? nil : .bodyTooLarge(bodyBytesMax)
    }

    private static let bareLineFeed = RequestFault(400, "A line of the chunked body does not end with CR LF.")
}

extension RequestFault {
    static let chunkExtensionTooLong = RequestFault(400, "A chunk's extension is too long.")

    static let bodiesTooLarge = RequestFault(503, "The server holds too many bodies at the moment.")

    static func bodyTooLarge(_ bodyBytesMax: Int) -> RequestFault {
        RequestFault(413, "A body may have at most \(bodyBytesMax) bytes.")
    }
}
