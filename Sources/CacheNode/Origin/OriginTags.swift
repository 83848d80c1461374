internal import Caches
internal import HTTP
internal import Invalidations

/// Tags of an origin's answer, in any of the fields that caches know.
enum OriginTags {
    private static let fields = ["Cache-Groups", "Surrogate-Key", "xkey", "Cache-Tag"]

    /// - Returns: nil where there are more than an entry may have. What no invalidation could name is left out.
    static func read(_ headers: HTTPHeaders) -> [String]? {
        var tags: [String] = []
        for field in fields {
            for value in headers.all(field) {
                let parts = field == "Cache-Groups" ? strings(value) : words(value)
                for tag in parts where TagForm.isAllowed(tag.utf8) && !tags.contains(tag) {
                    guard tags.count < CacheLimits.tags else { return nil }
                    tags.append(tag)
                }
            }
        }
        return tags
    }

    private static func words(_ value: String) -> [String] {
        value.split { $0 == " " || $0 == "," || $0 == "\t" }.map(String.init)
    }

    /// The strings of a list (RFC 8941); parameters are passed over.
    private static func strings(_ value: String) -> [String] {
        var strings: [String] = []
        var current: String?
        var isEscaped = false
        for character in value {
            guard let text = current else {
                if character == "\"" { current = "" }
                continue
            }
            if isEscaped || (character != "\"" && character != "\\") {
                current = text + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                strings.append(text)
                current = nil
            }
        }
        return strings
    }
}
