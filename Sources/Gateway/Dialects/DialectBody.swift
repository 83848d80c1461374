internal import JSON

/// Reads members of a dialect's JSON body.
enum DialectBody {
    /// - Returns: nil where the member is absent or null.
    static func texts(_ root: JSONValue, _ name: StaticString) throws(DialectRefusal) -> [String]? {
        try elements(root, name) { element throws(DialectRefusal) in
            guard let text = element.string else { throw notTexts(name) }
            return text
        }
    }

    /// - Parameter read: makes a text of an element.
    static func elements(
        _ root: JSONValue, _ name: StaticString, _ read: (JSONValue) throws(DialectRefusal) -> String
    ) throws(DialectRefusal) -> [String]? {
        guard let value = root[name], !value.isNull else { return nil }
        guard value.kind == .array else {
            throw DialectRefusal(
                title: "Invalid \(name)", "\"\(name)\" must be an array, not \(value.kind.name)", code: .notAnArray)
        }
        var texts: [String] = []
        var refusal: DialectRefusal?
        value.forEachElement { element in
            guard refusal == nil else { return }
            do throws(DialectRefusal) { texts.append(try read(element)) } catch { refusal = error }
        }
        if let refusal { throw refusal }
        return texts
    }

    static func truth(_ root: JSONValue, _ name: StaticString) throws(DialectRefusal) -> Bool? {
        guard let value = root[name], !value.isNull else { return nil }
        guard let truth = value.bool else {
            throw DialectRefusal(title: "Invalid \(name)", "\"\(name)\" must be true or false, not \(value.kind.name)")
        }
        return truth
    }

    static func checkObject(_ root: JSONValue) throws(DialectRefusal) {
        guard root.kind == .object else {
            throw DialectRefusal(title: "Malformed JSON", "The body must be a JSON object, not \(root.kind.name).")
        }
    }

    static func notTexts(_ name: StaticString) -> DialectRefusal {
        DialectRefusal(title: "Invalid \(name)", "\"\(name)\" must hold nothing but strings")
    }
}
