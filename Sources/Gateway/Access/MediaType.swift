/// What a Content-Type says (RFC 9110, section 8.3), as far as the gateway cares.
enum MediaType {
    /// `application/json` and the types built upon it, whatever their parameters.
    static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        return type.isEmpty || type == "application/json" || type == "text/json"
            || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }
}
