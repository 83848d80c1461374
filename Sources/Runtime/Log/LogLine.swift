internal import Basics

/// Builds one line of a bounded number of bytes; what does not fit is left out and said so.
struct LogLine {
    static let bytesMax = 8 << 10
    /// Longest message and value, so that one of them does not push the others out.
    private static let textBytesMax = 4 << 10
    /// Kept free for the mark of a shortened line and its end.
    private static let reserve = 32

    private(set) var bytes: [UInt8] = []
    private var isShortened = false
    private let isJSON: Bool

    static func text(
        _ level: LogLevel, _ message: String, _ fields: [LogFields], at time: Int64
    ) -> [UInt8] {
        var line = LogLine(isJSON: false)
        line.bytes.append(contentsOf: "\(RFC3339.text(milliseconds: time)) \(level.rawValue.padded(to: 7)) ".utf8)
        line.appendEscaped(message, limit: textBytesMax)
        for (name, value) in fields.lazy.flatMap(\.pairs) {
            line.field { line in
                line.bytes.append(UInt8(ascii: " "))
                line.appendEscaped(String(name.map { " =\"".contains($0) ? "_" : $0 }), limit: 128)
                line.bytes.append(UInt8(ascii: "="))
                line.appendPlain(value)
            }
        }
        if line.isShortened { line.bytes.append(contentsOf: " …".utf8) }
        line.bytes.append(UInt8(ascii: "\n"))
        return line.bytes
    }

    static func json(
        _ level: LogLevel, _ message: String, _ fields: [LogFields], at time: Int64
    ) -> [UInt8] {
        var line = LogLine(isJSON: true)
        let time = RFC3339.text(milliseconds: time)
        line.bytes.append(contentsOf: "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"message\":".utf8)
        line.appendQuoted(message, limit: textBytesMax)
        for (name, value) in fields.lazy.flatMap(\.pairs) {
            line.field { line in
                line.bytes.append(UInt8(ascii: ","))
                line.appendQuoted(name, limit: 128)
                line.bytes.append(UInt8(ascii: ":"))
                switch value {
                case .literal(let text): line.bytes.append(contentsOf: text.utf8)
                case .text(let text): line.appendQuoted(text, limit: textBytesMax)
                }
            }
        }
        if line.isShortened { line.bytes.append(contentsOf: ",\"shortened\":true".utf8) }
        line.bytes.append(contentsOf: "}\n".utf8)
        return line.bytes
    }

    private init(isJSON: Bool) {
        self.isJSON = isJSON
        bytes.reserveCapacity(256)
    }

    /// Takes back a field that went over the line's end.
    private mutating func field(_ append: (inout LogLine) -> Void) {
        let start = bytes.count
        append(&self)
        if bytes.count > Self.bytesMax - Self.reserve {
            bytes.removeSubrange(start...)
            isShortened = true
        }
    }

    /// Quotes only where a reader would stumble.
    private mutating func appendPlain(_ value: LogValue) {
        switch value {
        case .literal(let text): bytes.append(contentsOf: text.utf8)
        case .text(let text):
            let needsQuotes = text.isEmpty || text.unicodeScalars.contains { " =\"\\".unicodeScalars.contains($0) }
            if needsQuotes {
                appendQuoted(text, limit: Self.textBytesMax)
            } else {
                appendEscaped(text, limit: Self.textBytesMax)
            }
        }
    }

    private mutating func appendQuoted(_ text: String, limit: Int) {
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(text, limit: limit, quotes: true)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: String, limit: Int, quotes: Bool = false) {
        let end = bytes.count + limit - 6
        for scalar in text.unicodeScalars {
            if bytes.count >= end {
                bytes.append(contentsOf: "…".utf8)
                isShortened = true
                return
            }
            switch scalar {
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            case "\"" where quotes, "\\" where quotes: bytes.append(contentsOf: "\\\(scalar)".utf8)
            case _ where scalar.isUnprintable: bytes.append(contentsOf: "\\u\(scalar.fourDigits)".utf8)
            default: bytes.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }
}
