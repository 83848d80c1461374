internal import HTTP

/// What form of errors a client asks for.
enum AcceptedType {
    /// Whether the client names JSON among what it takes. That it takes everything does not count.
    static func isJSON(_ request: HTTPRequest) -> Bool {
        for field in request.headers.all("Accept") {
            for range in field.lowercased().split(separator: ",") {
                let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
                guard let type = parts.first, type == "application/json" || type.hasSuffix("+json") else { continue }
                if !parts.dropFirst().contains(where: isZero) { return true }
            }
        }
        return false
    }

    /// A weight of zero means that the type is not taken (RFC 9110, section 12.4.2).
    private static func isZero(_ parameter: String) -> Bool {
        parameter.hasPrefix("q=0") && parameter.dropFirst(3).allSatisfy { $0 == "0" || $0 == "." }
    }
}
