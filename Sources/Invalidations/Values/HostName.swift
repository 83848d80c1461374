internal import Foundation

/// Host names: turns letters beyond ASCII into the form of DNS and `Host` fields.
/// (IDNA 2008, RFC 5891)
///
/// Names are mapped as people expect: lower case, compatibility forms and composed letters (NFKC). The full table of
/// UTS 46 is not applied; what it would drop or forbid and a label cannot hold is refused instead.
enum HostName {
    private static let labelBytesMax = 63
    private static let nameBytesMax = 253

    /// - Throws: which label is wrong, and why.
    static func ascii(_ name: Substring) throws(HostNameRefusal) -> String {
        // Nothing longer fits, and what follows takes the square of the length.
        guard name.utf8.count <= 4 * nameBytesMax else { throw HostNameRefusal(problem: "this one is too long") }
        let mapped = String(name).precomposedStringWithCompatibilityMapping.lowercased()
            .precomposedStringWithCompatibilityMapping
        // U+3002 is the full stop of East Asian texts, as NFKC leaves it.
        let labels = mapped.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "\u{3002}" }
        var ascii: [String] = []
        for (index, label) in labels.enumerated() {
            // A full stop at the end names the root.
            if label.isEmpty, index > 0, index == labels.count - 1 {
                ascii.append("")
            } else {
                ascii.append(try self.label(label))
            }
        }
        let text = ascii.joined(separator: ".")
        guard text.utf8.count <= nameBytesMax else { throw HostNameRefusal(problem: "this one is too long") }
        return text
    }

    private static func label(_ label: Substring) throws(HostNameRefusal) -> String {
        // Before what takes the square of the length; the xn-- form is no shorter.
        guard label.unicodeScalars.count <= labelBytesMax else {
            throw HostNameRefusal(problem: "a label has at most \(labelBytesMax) characters in its xn-- form")
        }
        guard !label.isEmpty else { throw HostNameRefusal(problem: "this one has an empty label") }
        for scalar in label.unicodeScalars where !isAllowed(scalar) {
            throw HostNameRefusal(
                problem: "U+\(String(scalar.value, radix: 16, uppercase: true)) may not stand in one")
        }
        let isASCII = label.utf8.allSatisfy { $0 < 0x80 }
        if let first = label.unicodeScalars.first, isMark(first) {
            throw HostNameRefusal(problem: "a label may not begin with a mark")
        }
        guard isASCII || !label.hasPrefix("xn--") else {
            throw HostNameRefusal(problem: "a label that begins with xn-- is ASCII")
        }
        let text = isASCII ? String(label) : "xn--" + Punycode.encode(label.unicodeScalars)
        guard text.utf8.count <= labelBytesMax else {
            throw HostNameRefusal(problem: "a label has at most \(labelBytesMax) characters in its xn-- form")
        }
        return text
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else {
            return scalar == "-" || scalar == "_" || ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
        }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: return true
        default: return false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark: true
        default: false
        }
    }
}

/// Why a name is no host's, as part of a sentence.
struct HostNameRefusal: Error {
    let problem: String
}
