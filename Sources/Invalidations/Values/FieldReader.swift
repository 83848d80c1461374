internal import JSON

/// Reads the known fields of a request, each within its bounds, or says what the field must be.
enum FieldReader {
    static func id(_ value: JSONValue, _ field: String) throws(InvalidationError) -> RequestID {
        guard let bytes = value.utf8, let id = RequestID.parse(bytes) else {
            throw refuse(field, "must be a UUID in its usual form of 36 characters", value)
        }
        return id
    }

    static func namespace(_ value: JSONValue) throws(InvalidationError) -> Namespace {
        guard let text = value.string, let namespace = Namespace(text) else {
            throw refuse(
                "namespace", "must be a string of 1 to \(Limits.namespaceBytes) characters of A-Z a-z 0-9 . _ : -",
                value)
        }
        return namespace
    }

    static func bool(_ value: JSONValue, _ field: String) throws(InvalidationError) -> Bool {
        guard let bool = value.bool else { throw refuse(field, "must be true or false", value) }
        return bool
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue, _ field: String
    ) throws(InvalidationError) -> Choice {
        // Without a text of it, unlike `init(rawValue:)`: every request has two of these.
        guard let bytes = value.utf8,
            let choice = Choice.allCases.first(where: { $0.rawValue.utf8.elementsEqual(bytes) })
        else {
            let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw refuse(field, "must be one of \(choices)", value)
        }
        return choice
    }

    static func time(_ value: JSONValue, _ field: String) throws(InvalidationError) -> Timestamp {
        guard let bytes = value.utf8, let time = Timestamp.parse(bytes) else {
            throw refuse(field, "must be an RFC 3339 time such as \"2026-11-22T10:00:00.000Z\"", value)
        }
        return time
    }

    static func source(_ value: JSONValue) throws(InvalidationError) -> String {
        guard let bytes = value.utf8, bytes.count <= Limits.sourceBytes, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let text = value.string
        else {
            throw refuse(
                "source", "must be a string of at most \(Limits.sourceBytes) bytes without control characters", value)
        }
        return text
    }

    static func list(_ value: JSONValue, _ rule: ListRule) throws(InvalidationError) -> [String] {
        guard value.kind == .array else {
            throw refuse(rule.field, "must be an array of strings", value)
        }
        guard value.count <= rule.countMax else {
            throw InvalidationError(
                .invalidField(rule.field),
                "\(rule.field) has \(value.count) entries, more than the \(rule.countMax) allowed")
        }
        var entries: [String] = []
        entries.reserveCapacity(value.count)
        var failure: InvalidationError?
        value.forEachElement { element in
            guard failure == nil else { return }
            if let bytes = element.utf8, rule.allows(bytes), let text = element.string {
                entries.append(text)
            } else {
                failure = refuse("\(rule.field)[\(entries.count)]", rule.demand, element)
            }
        }
        if let failure { throw failure }
        return entries
    }

    private static func refuse(_ field: String, _ demand: String, _ value: JSONValue) -> InvalidationError {
        let name = field.prefix { $0 != "[" }
        return InvalidationError(.invalidField(String(name)), "\(field) \(demand), not \(shown(value))")
    }

    /// Enough of a value to recognise it by; never more.
    private static func shown(_ value: JSONValue) -> String {
        guard let text = value.string else { return value.kind.name }
        guard text.utf8.count > 40 else { return "\"\(text)\"" }
        return "\"\(text.prefix(32))…\" (\(text.utf8.count) bytes)"
    }
}

/// The bounds of one of the selector lists.
struct ListRule {
    let field: String
    let countMax: Int
    let demand: String
    let allows: @Sendable (UnsafeBufferPointer<UInt8>) -> Bool

    /// Tags travel in headers of several caches, separated by spaces or commas.
    static let tags = ListRule(
        field: "tags", countMax: Limits.tags,
        demand: "must be a string of 1 to \(Limits.tagBytes) printable ASCII characters without space and comma"
    ) { bytes in
        (1...Limits.tagBytes).contains(bytes.count)
            && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
    }

    static let urls = ListRule(
        field: "urls", countMax: Limits.urls,
        demand: "must be an absolute http or https URL of at most \(Limits.urlBytes) bytes, percent-encoded"
    ) { bytes in
        bytes.count <= Limits.urlBytes && isPrintable(bytes) && hasAuthority(bytes)
    }

    static let prefixes = ListRule(
        field: "prefixes", countMax: Limits.prefixes,
        demand:
            "must be an absolute http or https URL prefix of at most \(Limits.urlBytes) bytes without query or fragment"
    ) { bytes in
        bytes.count <= Limits.urlBytes && isPrintable(bytes) && hasAuthority(bytes)
            && !bytes.contains(UInt8(ascii: "?")) && !bytes.contains(UInt8(ascii: "#"))
    }

    private static func isPrintable(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static let schemes = ["http://", "https://"].map { Array($0.utf8) }

    /// `http://` or `https://` and at least one character of a host.
    private static func hasAuthority(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for scheme in schemes where bytes.starts(with: scheme) {
            guard bytes.count > scheme.count else { return false }
            let first = bytes[scheme.count]
            return first != UInt8(ascii: "/") && first != UInt8(ascii: "?") && first != UInt8(ascii: "#")
        }
        return false
    }
}
