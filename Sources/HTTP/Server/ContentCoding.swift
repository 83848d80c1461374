internal import Basics

/// Codings in which an answer can be sent (RFC 9110, section 8.4).
public enum ContentCoding: String, Sendable, CaseIterable {
    // In the order of preference.
    case zstd
    case gzip

    /// The coding that a client likes best; nil to send the answer as it is.
    ///
    /// - Parameters:
    ///   - fields: values of `Accept-Encoding` (RFC 9110, section 12.5.3).
    ///   - offered: those that the answer can be had in.
    public static func chosen(by fields: [String], of offered: [ContentCoding] = allCases) -> ContentCoding? {
        let weights = weights(fields)
        func weight(_ name: String) -> Int { weights[name] ?? weights["*"] ?? 0 }
        var best: (coding: ContentCoding, weight: Int)?
        for coding in offered where weight(coding.rawValue) > best?.weight ?? 0 {
            best = (coding, weight(coding.rawValue))
        }
        // A client that likes the plain answer better gets it.
        guard let best, best.weight >= weights["identity"] ?? 0 else { return nil }
        return best.coding
    }

    /// Whether a client refuses the plain answer: by `identity;q=0`, or by `*;q=0` without a word on `identity`.
    public static func isPlainRefused(by fields: [String]) -> Bool {
        guard !fields.isEmpty else { return false }
        let weights = weights(fields)
        return (weights["identity"] ?? weights["*"]) == 0
    }

    private static func weights(_ fields: [String]) -> [String: Int] {
        var weights: [String: Int] = [:]
        for item in fields.joined(separator: ",").split(separator: ",").prefix(itemsMax) {
            guard let (name, weight) = parse(item) else { continue }
            weights[name == "x-gzip" ? "gzip" : name] = weight
        }
        return weights
    }

    /// Whether bodies of that type become smaller.
    static func isWorthwhile(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return type.hasPrefix("text/") && type != "text/event-stream"
            || ["application/json", "application/x-ndjson", "application/xml"].contains(type)
            || type.hasPrefix("application/") && (type.hasSuffix("+json") || type.hasSuffix("+xml"))
    }

    private static let itemsMax = 32

    /// The coding in lower case, and its weight in thousandths.
    private static func parse(_ item: Substring) -> (name: String, weight: Int)? {
        let parts = item.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.trimmingBlanks.lowercased()
        }
        guard let name = parts.first, name == "*" || HeaderToken.isToken(name) else { return nil }
        guard parts.count > 1 else { return (name, 1_000) }
        guard parts.count == 2, parts[1].hasPrefix("q="), let weight = thousandths(parts[1].dropFirst(2)) else {
            return nil
        }
        return (name, weight)
    }

    /// `0`, `1`, and either with up to three decimals, none beyond 1.
    private static func thousandths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, first == "0" || first == "1" else { return nil }
        let decimals = parts.count == 2 ? parts[1] : ""
        guard decimals.utf8.count <= 3, decimals.utf8.allSatisfy({ $0.isASCIIDigit }) else { return nil }
        let zeros = String(repeating: "0", count: 3 - decimals.utf8.count)
        let value = (first == "1" ? 1_000 : 0) + (Int(decimals + zeros) ?? 0)
        return value <= 1_000 ? value : nil
    }
}
