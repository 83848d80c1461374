internal import Basics
internal import Glibc

/// Reads one answer of HTTP/1.1 after another: bytes in, answers out.
///
/// Stricter than a client with one call at a time has to be: whatever could let two readers disagree about where an
/// answer ends is a fault. Incomplete lines stay with the caller, who gives them once more with what follows.
package struct AnswerParser {
    private enum State {
        case idle
        case statusLine, field
        case body(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailer
    }

    /// The connection ends after this answer, as the server says.
    package private(set) var closes = false
    private var state = State.idle
    private var collector = AnswerCollector()
    private var isHead = false
    private var bodyBytesMax = 0
    private var headerBytes = 0
    private var fields = 0
    private var length: Int?
    private var isChunked = false

    package static let lineBytesMax = 16 * 1024
    package static let headerBytesMax = 64 * 1024
    package static let fieldsMax = 256
    private static let chunkLineBytesMax = 256

    package init() {}

    /// No answer is half read.
    package var isIdle: Bool { if case .idle = state { true } else { false } }

    /// The next bytes answer such a call.
    package mutating func begin(isHead: Bool, bodyBytesMax: Int, keepsHeader: Bool) {
        state = .statusLine
        collector.begin(bodyBytesMax: bodyBytesMax, keepsHeader: keepsHeader)
        self.isHead = isHead
        self.bodyBytesMax = bodyBytesMax
        (headerBytes, fields, length, isChunked, closes) = (0, 0, nil, false, false)
    }

    /// Reads on from `position`, to the end of the answer or of what can be read yet.
    ///
    /// - Returns: whether the answer is complete; `response` has it then.
    package mutating func read(_ bytes: UnsafeRawBufferPointer, from position: inout Int) throws(AnswerFault) -> Bool {
        while true {
            switch state {
            case .idle:
                return true
            case .body(let left):
                let count = try readBody(bytes, &position, left)
                guard count == left else {
                    state = .body(left: left - count)
                    return false
                }
                state = .idle
            case .chunk(let left):
                let count = try readBody(bytes, &position, left)
                guard count == left else {
                    state = .chunk(left: left - count)
                    return false
                }
                state = .chunkEnd
            case .statusLine, .field, .chunkSize, .chunkEnd, .trailer:
                guard let line = try nextLine(bytes, &position) else { return false }
                try read(line)
            }
        }
    }

    /// The answer that was read last; it is handed over, and asked for once.
    ///
    /// - Parameter now: seconds since 1970, for a wait that is told as a date.
    package mutating func takeResponse(now: @autoclosure () -> Int) -> HTTPClientResponse {
        var response = collector.takeResponse()
        if let wait = collector.retryAfter { response.retryAfter = RetryAfter.parseWait(wait, now: now()) }
        return response
    }

    // MARK: Lines

    /// Up to its CR and LF, without them.
    private func nextLine(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(AnswerFault) -> UnsafeRawBufferPointer? {
        let left = UnsafeRawBufferPointer(rebasing: bytes[position...])
        guard let start = left.baseAddress, let end = memchr(start, 0x0A, left.count) else {
            guard left.count <= Self.lineBytesMax else { throw .headerTooLong }
            return nil
        }
        let count = UnsafeRawPointer(end) - start
        guard count <= Self.lineBytesMax else { throw .headerTooLong }
        // A line feed alone ends a line for some readers, and does not for others.
        guard count > 0, left[count - 1] == 0x0D else { throw .malformedHeader }
        position += count + 1
        return UnsafeRawBufferPointer(rebasing: left[..<(count - 1)])
    }

    private mutating func read(_ line: UnsafeRawBufferPointer) throws(AnswerFault) {
        switch state {
        case .statusLine:
            try count(line)
            try readStatusLine(line)
            state = .field
        case .field:
            guard !line.isEmpty else { return try endHeader() }
            try count(line)
            try readField(line)
        case .chunkSize:
            let size = try Self.chunkSize(line)
            guard size <= bodyBytesMax - collector.response.body.count else { throw .bodyTooLarge }
            state = size == 0 ? .trailer : .chunk(left: size)
        case .chunkEnd:
            guard line.isEmpty else { throw .framing }
            state = .chunkSize
        case .trailer:
            guard !line.isEmpty else { return state = .idle }
            try count(line)
            _ = try Self.nameEnd(line)
        case .idle, .body, .chunk:
            preconditionFailure("no line is read there")
        }
    }

    private mutating func count(_ line: UnsafeRawBufferPointer) throws(AnswerFault) {
        headerBytes += line.count + 2
        fields += 1
        guard headerBytes <= Self.headerBytesMax, fields <= Self.fieldsMax else { throw .headerTooLong }
        // Either would hide something from one reader or another.
        if let start = line.baseAddress, memchr(start, 0x0D, line.count) != nil || memchr(start, 0, line.count) != nil {
            throw .malformedHeader
        }
    }

    /// "HTTP/1.1 200 Purged 3 objects"
    private mutating func readStatusLine(_ line: UnsafeRawBufferPointer) throws(AnswerFault) {
        guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), line[8] == 0x20,
            line[7] == UInt8(ascii: "1") || line[7] == UInt8(ascii: "0"),
            line[9...11].allSatisfy(\.isASCIIDigit), line[9] != UInt8(ascii: "0"),
            line.count == 12 || line[12] == 0x20
        else { throw .notHTTP }
        guard line[9] != UInt8(ascii: "1") else { throw .interim }
        // Without the persistence of 1.1.
        closes = line[7] == UInt8(ascii: "0")
        collector.header(line)
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) throws(AnswerFault) {
        let colon = try Self.nameEnd(line)
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        switch colon {
        case 10 where name.equalsIgnoringCase("connection"):
            let options = Self.trimmed(line[(colon + 1)...])
            // What most servers say in each answer; a list is taken apart for others only.
            guard !UnsafeRawBufferPointer(rebasing: options).equalsIgnoringCase("keep-alive") else { break }
            if Self.lists("close", in: options) { closes = true }
        case 14 where name.equalsIgnoringCase("content-length"):
            guard length == nil else { throw .framing }
            length = try Self.contentLength(Self.trimmed(line[(colon + 1)...]))
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            let coding = UnsafeRawBufferPointer(rebasing: Self.trimmed(line[(colon + 1)...]))
            guard !isChunked, coding.equalsIgnoringCase("chunked") else { throw .framing }
            isChunked = true
        default: break
        }
        collector.header(line)
    }

    /// Which of the ways of RFC 9112, section 6.3, the body has.
    private mutating func endHeader() throws(AnswerFault) {
        guard !(isChunked && length != nil) else { throw .framing }
        let status = collector.response.status
        if isHead || status == 204 || status == 304 {
            state = .idle
        } else if isChunked {
            state = .chunkSize
        } else if let length {
            guard length <= bodyBytesMax else { throw .bodyTooLarge }
            state = length == 0 ? .idle : .body(left: length)
        } else {
            throw .unframed
        }
    }

    // MARK: Bodies

    private mutating func readBody(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ left: Int
    ) throws(AnswerFault) -> Int {
        let count = min(left, bytes.count - position)
        guard collector.body(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])) else {
            throw .bodyTooLarge
        }
        position += count
        return count
    }

    /// "1a2b;extension=value"
    private static func chunkSize(_ line: UnsafeRawBufferPointer) throws(AnswerFault) -> Int {
        guard line.count <= chunkLineBytesMax else { throw .framing }
        var (size, digits) = (0, 0)
        for byte in line {
            guard let digit = hexadecimalDigit(byte) else {
                guard digits > 0, byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 else { throw .framing }
                return size
            }
            digits += 1
            guard digits <= 8 else { throw .bodyTooLarge }
            size = size << 4 | digit
        }
        guard digits > 0 else { throw .framing }
        return size
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> Int? {
        if byte.isASCIIDigit { return Int(byte) - 0x30 }
        let lower = byte.asciiLowercased
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "f") ? Int(lower) - 0x57 : nil
    }

    // MARK: Fields

    /// The colon's index. A name that is no token, a blank before the colon, and a folded line are faults.
    private static func nameEnd(_ line: UnsafeRawBufferPointer) throws(AnswerFault) -> Int {
        guard let start = line.baseAddress, let colon = memchr(start, 0x3A, line.count) else { throw .malformedHeader }
        let end = UnsafeRawPointer(colon) - start
        guard end > 0, HeaderToken.isToken(UnsafeRawBufferPointer(rebasing: line[..<end])) else {
            throw .malformedHeader
        }
        return end
    }

    private static func contentLength(_ value: Slice<UnsafeRawBufferPointer>) throws(AnswerFault) -> Int {
        guard !value.isEmpty, value.allSatisfy(\.isASCIIDigit) else { throw .framing }
        guard value.count <= 15 else { throw .bodyTooLarge }
        return value.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    /// Whether a list of words, with commas between, has this one.
    private static func lists(_ word: StaticString, in value: Slice<UnsafeRawBufferPointer>) -> Bool {
        value.split(separator: UInt8(ascii: ",")).contains { element in
            UnsafeRawBufferPointer(rebasing: trimmed(element)).equalsIgnoringCase(word)
        }
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var (start, end) = (bytes.startIndex, bytes.endIndex)
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while start < end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return bytes[start..<end]
    }
}
