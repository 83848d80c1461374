internal import HTTP

/// `/openapi.json`, `/docs`, and the pages of problems.
struct PagesEndpoint: Sendable {
    let openAPI: HTTPResponse
    let docs: HTTPResponse
    private let base: String

    init(access: AccessRule, links: StatusLinks) {
        openAPI = .json(200, OpenAPIDocument(access: access, base: links.base).bytes)
        docs = DocsPage.response(base: links.base)
        base = links.base
    }

    func problems(_ request: HTTPRequest) -> HTTPResponse {
        guard Self.wantsHTML(request) else {
            return .text(200, ProblemType.allCases.map { "\(base)\($0.address)  \($0.meaning)\n" }.joined())
        }
        var page = HTMLPage("Kinds of problems")
        for type in ProblemType.allCases {
            let address = HTMLPage.escaped(base + type.address)
            page.add("<p><a href=\"\(address)\">\(type.rawValue)</a>: \(HTMLPage.escaped(type.meaning))</p>")
        }
        return page.response
    }

    func problem(_ name: String, _ request: HTTPRequest) -> HTTPResponse {
        guard let type = ProblemType(rawValue: name) else { return Problems.notFound(request.path) }
        guard Self.wantsHTML(request) else {
            return .text(200, "\(type.rawValue)\n\n\(type.meaning)\n\nWhat to do: \(type.remedy)\n")
        }
        var page = HTMLPage(type.rawValue)
        page.add("<p>\(HTMLPage.escaped(type.meaning))</p>")
        page.add("<p><strong>What to do:</strong> \(HTMLPage.escaped(type.remedy))</p>")
        return page.response
    }

    /// Browsers name it; who names nothing gets plain text.
    private static func wantsHTML(_ request: HTTPRequest) -> Bool {
        request.headers.all("Accept").contains { $0.lowercased().contains("text/html") }
    }
}
