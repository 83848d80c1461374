internal import Basics

// Escapes text for a log line.
extension Unicode.Scalar {
    /// Control characters, line separators and direction overrides could forge lines or hide text on a terminal.
    var isUnprintable: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// As four hexadecimal digits; every unprintable scalar fits.
    var fourDigits: String { Hexadecimal.text(value, width: 4, isUppercase: true) }
}

extension String {
    /// Foreign text in quotes for a message: what can't be printed is escaped, what is long is cut.
    func quoted(limit: Int = 80) -> String {
        var result = "\""
        var count = 0
        for scalar in unicodeScalars {
            if count == limit { return result + "…\"" }
            count += 1
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.isUnprintable: result += "\\u{\(scalar.fourDigits)}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
