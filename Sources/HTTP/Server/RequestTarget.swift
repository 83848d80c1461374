/// The target of a request line, taken apart and decoded (RFC 9112, section 3.2).
struct RequestTarget {
    let path: String
    let query: [(name: String, value: String)]

    /// - Throws: what is wrong with the target, as the detail of a problem document.
    init(_ target: String, method: String) throws(RequestFault) {
        let bytes = try Self.originForm(Array(target.utf8)[...], method: method)
        let question = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        guard let path = PercentEncoding.decode(bytes[..<question]) else {
            throw RequestFault(400, "The path is not percent-encoded UTF-8, or holds a NUL.")
        }
        self.path = path
        query = question < bytes.endIndex ? try Self.parameters(bytes[(question + 1)...]) : []
    }

    /// Path and query of the target: an absolute URL loses its scheme and authority.
    private static func originForm(_ bytes: ArraySlice<UInt8>, method: String) throws(RequestFault)
        -> ArraySlice<UInt8>
    {
        guard !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "#") }) else {
            throw RequestFault(400, "The target holds a space, a control character or a fragment.")
        }
        if bytes.first == UInt8(ascii: "/") { return bytes }
        if bytes.elementsEqual("*".utf8), method == "OPTIONS" { return bytes }
        for scheme in ["http://", "https://"] where bytes.starts(with: scheme.utf8) {
            let remainder = bytes.dropFirst(scheme.utf8.count)
            let end = remainder.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? remainder.endIndex
            guard end > remainder.startIndex else { break }
            return end < remainder.endIndex && remainder[end] == UInt8(ascii: "/")
                ? remainder[end...] : [0x2F] + remainder[end...]
        }
        throw RequestFault(400, "The target is neither a path nor a URL.")
    }

    private static func parameters(_ query: ArraySlice<UInt8>) throws(RequestFault)
        -> [(name: String, value: String)]
    {
        var parameters: [(name: String, value: String)] = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard
                let name = PercentEncoding.decode(part[..<equals], plusIsSpace: true),
                let value = PercentEncoding.decode(part[equals...].dropFirst(), plusIsSpace: true)
            else { throw RequestFault(400, "The query is not percent-encoded UTF-8, or holds a NUL.") }
            parameters.append((name, value))
        }
        return parameters
    }
}

/// Why a request is refused before the handler hears of it.
struct RequestFault: Error, Equatable {
    let status: Int
    let detail: String

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    func response(_ type: (Int) -> String) -> HTTPResponse {
        let response = HTTPResponse.problem(ProblemDocument(status: status, detail: detail, type: type(status)))
            .with("Connection", "close")
        return status == 503 ? response.with("Retry-After", "1") : response
    }
}

extension HTTPResponse {
    /// The answer as it goes over the wire, for where the library sends none.
    var wireBytes: [UInt8] {
        var head = "HTTP/1.1 \(status) \(ProblemDocument.phrase(of: status))\r\n"
        for (name, value) in headers { head += "\(name): \(HTTPHeaders.sanitised(value))\r\n" }
        return Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }
}
