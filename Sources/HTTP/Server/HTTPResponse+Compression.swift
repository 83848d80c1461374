/// Compression of complete answers.
extension HTTPResponse {
    /// The same answer, smaller where it can be and the client takes it.
    ///
    /// - Parameters:
    ///   - fields: of the request.
    ///   - bytesMin: smaller bodies stay as they are; nil leaves all.
    func compressed(for fields: HTTPHeaders, from bytesMin: Int?) -> HTTPResponse {
        guard let bytesMin, body.count >= bytesMin, status != 204, status != 304,
            let type = headers.first(where: { HTTPHeaders.isSame($0.0, "Content-Type") })?.1,
            ContentCoding.isWorthwhile(type),
            !headers.contains(where: { HTTPHeaders.isSame($0.0, "Content-Encoding") })
        else { return self }
        // Also of the plain answer: it is one of several.
        var response = with("Vary", "Accept-Encoding")
        guard let coding = ContentCoding.chosen(by: fields.all("Accept-Encoding")),
            let bytes = BodyCompression.compress(body, coding)
        else { return response }
        response.encode(bytes, coding)
        return response
    }

    /// The same answer for a client that refuses it plain: encoded, whether or not it becomes smaller.
    ///
    /// - Returns: nil where the client accepts no coding that there is.
    public func encoded(for fields: HTTPHeaders) -> HTTPResponse? {
        guard let coding = ContentCoding.chosen(by: fields.all("Accept-Encoding")),
            let bytes = BodyCompression.encode(body, coding)
        else { return nil }
        let varies = headers.contains { HTTPHeaders.isSame($0.0, "Vary") }
        var response = varies ? self : with("Vary", "Accept-Encoding")
        response.encode(bytes, coding)
        return response
    }

    private mutating func encode(_ bytes: [UInt8], _ coding: ContentCoding) {
        body = bytes
        headers.append(("Content-Encoding", coding.rawValue))
        // The bytes are others than those of the plain answer: a strong tag would not be true of both.
        headers = headers.map { name, value in
            HTTPHeaders.isSame(name, "ETag") && !value.hasPrefix("W/") ? (name, "W/" + value) : (name, value)
        }
    }
}
