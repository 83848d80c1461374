/// What a Content-Type says (RFC 9110, section 8.3), as far as the gateway cares.
enum MediaType {
    /// `application/json` and the types built upon it, whatever their parameters.
    static func isJSON(_ contentType: String) -> Bool {
        let type = plain(contentType)
        return type.isEmpty || type == "application/json" || type == "text/json"
            || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }

    /// A JSON document a line.
    static func isLines(_ contentType: String) -> Bool {
        ["application/x-ndjson", "application/ndjson", "application/jsonl"].contains(plain(contentType))
    }

    private static func plain(_ contentType: String) -> String {
        contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
