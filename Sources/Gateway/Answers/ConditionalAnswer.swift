internal import HTTP

/// Gives answers their entity tag, and answers 304 to who has the same already.
enum ConditionalAnswer {
    static func complete(_ response: HTTPResponse, to request: HTTPRequest, _ route: Route?) -> HTTPResponse {
        guard ["GET", "HEAD"].contains(request.method), response.status == 200, let route, route.hasTag else {
            return response.status >= 400 && !response.has("Cache-Control")
                ? response.with("Cache-Control", "no-store") : response
        }
        // Some answers have theirs already.
        let known = response.headers.first { HTTPHeaders.isSame($0.0, "ETag") }?.1
        let tag = known ?? EntityTag.weak(of: response.body)
        var response = response
        response.headers.removeAll { HTTPHeaders.isSame($0.0, "Cache-Control") }
        // Kept by the client alone where a credential may be needed, and always asked for again.
        response.headers.append(("Cache-Control", route.scope == nil ? "no-cache" : "private, no-cache"))
        if known == nil { response.headers.append(("ETag", tag)) }
        guard EntityTag.isNamed(tag, in: request.headers.all("If-None-Match")) else { return response }
        response.headers.removeAll { HTTPHeaders.isSame($0.0, "Content-Type") }
        (response.status, response.body) = (304, [])
        return response
    }
}

extension HTTPResponse {
    fileprivate func has(_ name: String) -> Bool { headers.contains { HTTPHeaders.isSame($0.0, name) } }
}

extension Route {
    /// Whether its answers are worth to be kept until they change.
    fileprivate var hasTag: Bool {
        switch self {
        case .statuses, .status, .statusCounts, .failingEdges, .runs, .run, .deadLetters, .namespaces, .openAPI, .docs,
            .problems,
            .problem, .file, .console:
            true
        default: false
        }
    }
}
