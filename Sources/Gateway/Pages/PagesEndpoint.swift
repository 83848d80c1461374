internal import HTTP
internal import Synchronization

/// `/openapi.json`, `/docs`, and the pages of problems.
final class PagesEndpoint: Sendable {
    private let entrance: Entrance
    /// Made for whether calls of publishers and of operators are open.
    private let openAPIs = Mutex<[[Bool]: HTTPResponse]>([:])
    let docs: HTTPResponse
    private let base: String

    init(entrance: Entrance, links: StatusLinks) {
        self.entrance = entrance
        docs = DocsPage.response(base: links.base)
        base = links.base
    }

    var openAPI: HTTPResponse {
        let policy = entrance.rules.policy
        let key = [policy.isOpen(.publish), policy.isOpen(.operate)]
        return openAPIs.withLock { responses in
            if let made = responses[key] { return made }
            let response = HTTPResponse.json(200, OpenAPIDocument(access: policy, base: base).bytes)
            responses[key] = response
            return response
        }
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
    static func wantsHTML(_ request: HTTPRequest) -> Bool {
        request.headers.all("Accept").contains { $0.lowercased().contains("text/html") }
    }
}
