internal import JSON

/// Field reader: reads the fields of a request within bounds, or says what they must be.
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
        guard let bytes = value.utf8, isSource(bytes), let text = value.string else {
            throw refuse(
                "source", "must be a string of at most \(Limits.sourceBytes) bytes without control characters", value)
        }
        return text
    }

    static func isSource(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count <= Limits.sourceBytes && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
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
                return
            }
            do throws(URLRefusal) {
                entries.append(try rule.mend(element.utf8))
            } catch {
                failure = refuse("\(rule.field)[\(entries.count)]", error.demand, element)
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
    /// Whether an entry is taken as it is; nearly all are.
    let allows: @Sendable (UnsafeBufferPointer<UInt8>) -> Bool
    /// Brings another entry into the form that is taken, or says what it must be; nil is no string.
    let mend: @Sendable (UnsafeBufferPointer<UInt8>?) throws(URLRefusal) -> String

    /// Tags travel in headers of several caches, separated by spaces or commas.
    static let tags = ListRule(
        field: "tags", countMax: Limits.tags,
        allows: { TagForm.isAllowed($0) },
        mend: { _ throws(URLRefusal) in
            throw URLRefusal(
                "must be a string of 1 to \(Limits.tagBytes) printable ASCII characters without space and comma")
        })

    static let urls = ListRule(
        field: "urls", countMax: Limits.urls,
        allows: { $0.count <= Limits.urlBytes && isOrdinary($0) && hasAuthority($0) },
        mend: { bytes throws(URLRefusal) in try url(bytes, isPrefix: false) })

    static let prefixes = ListRule(
        field: "prefixes", countMax: Limits.prefixes,
        allows: { bytes in
            bytes.count <= Limits.urlBytes && isOrdinary(bytes) && hasAuthority(bytes)
                && !bytes.contains(UInt8(ascii: "?")) && !bytes.contains(UInt8(ascii: "#"))
        },
        mend: { bytes throws(URLRefusal) in try url(bytes, isPrefix: true) })

    private static func url(_ bytes: UnsafeBufferPointer<UInt8>?, isPrefix: Bool) throws(URLRefusal) -> String {
        let kind = "must be an absolute http or https URL"
        guard let bytes else { throw URLRefusal(kind) }
        do throws(URLRefusal) {
            return try URLText.normalised(bytes, isPrefix: isPrefix)
        } catch {
            throw URLRefusal("\(kind) \(error.demand)")
        }
    }

    /// Printable ASCII without a star. All bytes are looked at, so that many are at a time.
    private static func isOrdinary(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var odd: UInt8 = 0
        for byte in bytes {
            odd |= (byte &- 0x21 > 0x5D ? 1 : 0) | (byte == UInt8(ascii: "*") ? 1 : 0)
        }
        return odd == 0
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
