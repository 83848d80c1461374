/// Gathers what is kept of an answer while curl reads it: never more than the limits say.
struct AnswerCollector {
    private(set) var response = HTTPClientResponse(status: 0)
    private(set) var isTooLarge = false
    /// What the Retry-After field says; of several the last one.
    private(set) var retryAfter: String?
    private(set) var hasBegun = false
    /// The empty line after the header came. Without it, what curl took for an answer was cut off.
    private(set) var hasWholeHeader = false
    private var bodyBytesMax = 0
    private var keepsHeader = false
    private var keepsBody = true
    private var hasBody = false

    private static let valueBytesMax = 2048
    private static let rateLimitsMax = 16
    private static let fieldsMax = 64

    mutating func begin(bodyBytesMax: Int, keepsHeader: Bool, keepsBody: Bool = true) {
        self = AnswerCollector()
        self.bodyBytesMax = bodyBytesMax
        self.keepsHeader = keepsHeader
        self.keepsBody = keepsBody
    }

    /// Hands the answer over without a copy.
    mutating func takeResponse() -> HTTPClientResponse {
        var taken = HTTPClientResponse(status: 0)
        swap(&taken, &response)
        return taken
    }

    /// False when a body that is kept grows beyond its limit.
    mutating func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        hasBody = true
        guard keepsBody else { return true }
        guard bytes.count <= bodyBytesMax - response.body.count else {
            isTooLarge = true
            return false
        }
        response.body.append(contentsOf: bytes)
        return true
    }

    /// One line: a status line, a field, or the empty line at the end.
    mutating func header(_ line: UnsafeRawBufferPointer) {
        guard !hasBody else { return }  // a trailer
        // The first byte tells most lines apart, and is looked at in no time.
        if line.count > 5, line[0] == UInt8(ascii: "H"), line.starts(with: "HTTP/".utf8) {
            // An interim answer (1xx) may have come before: its fields are not the answer's.
            response = HTTPClientResponse(status: 0)
            (hasBegun, retryAfter, hasWholeHeader) = (true, nil, false)
            readStatusLine(line)
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            if line.allSatisfy({ $0 == 0x0d || $0 == 0x0a }) { hasWholeHeader = true }
            return
        }
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        if keepsHeader, response.header.fields.count < Self.fieldsMax {
            response.header.add(Self.text(name[...]), Self.text(line[(colon + 1)...]))
        }
        switch colon {
        case 6 where name.equalsIgnoringCase("server"):
            response.server = Self.text(line[(colon + 1)...])
        case 8 where name.equalsIgnoringCase("location"):
            response.location = Self.text(line[(colon + 1)...])
        case 11 where name.equalsIgnoringCase("retry-after"):
            retryAfter = Self.text(line[(colon + 1)...])
        case 12 where name.equalsIgnoringCase("content-type"):
            response.contentType = Self.text(line[(colon + 1)...])
        case 9... where name.beginsIgnoringCase("ratelimit") || name.beginsIgnoringCase("x-ratelimit"):
            guard response.rateLimits.fields.count < Self.rateLimitsMax else { return }
            response.rateLimits.add(Self.text(name[...]), Self.text(line[(colon + 1)...]))
        default:
            break
        }
    }

    /// "HTTP/1.1 200 Purged 3 objects": curl itself has checked version and code.
    private mutating func readStatusLine(_ line: UnsafeRawBufferPointer) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space) else { return }
        var index = first + 1
        while index < line.count, let digit = Self.digit(line[index]), response.status < 1000 {
            response.status = response.status * 10 + digit
            index += 1
        }
        response.reason = Self.text(line[index...])
    }

    private static func digit(_ byte: UInt8) -> Int? {
        let value = Int(byte) - Int(UInt8(ascii: "0"))
        return (0...9).contains(value) ? value : nil
    }

    /// Trimmed, cut to a limit, and made valid UTF-8.
    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var (start, end) = (bytes.startIndex, bytes.endIndex)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
        return String(decoding: bytes[start..<min(end, start + valueBytesMax)], as: UTF8.self)
    }
}

extension UnsafeRawBufferPointer {
    /// `lowercase` is ASCII without capitals.
    func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        count == lowercase.utf8CodeUnitCount && beginsIgnoringCase(lowercase)
    }

    /// The same of its beginning.
    fileprivate func beginsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count >= lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<lowercase.utf8CodeUnitCount {
            var byte = self[index]
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            guard byte == lowercase.utf8Start[index] else { return false }
        }
        return true
    }
}
