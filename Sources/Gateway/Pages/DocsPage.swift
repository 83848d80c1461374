internal import HTTP

/// Page that describes all calls for people.
enum DocsPage {
    /// - Parameter base: of addresses; empty for those relative to the gateway.
    static func response(base: String) -> HTTPResponse {
        var page = HTMLPage("Cache Sync gateway")
        let base = HTMLPage.escaped(base)
        page.add(
            """
            <p>All calls, as served here. For programs: <a href="\(base)/openapi.json">openapi.json</a>. What goes wrong
            is told as a problem document; <a href="\(base)/problems">these are the kinds</a>.</p>
            """)
        for route in Route.all {
            for method in route.documentedMethods { add(route, method, to: &page) }
        }
        return page.response
    }

    private static func add(_ route: Route, _ method: String, to page: inout HTMLPage) {
        let text = CallText(route, method)
        page.add("<h2><code>\(method) \(route.path)</code></h2><p>\(HTMLPage.escaped(text.summary))</p>")
        let parameters =
            route.pathParameters.map { ($0, "path", ParameterSchema.path($0, of: route)) }
            + (route.parameters(of: method) ?? []).map { ($0, "query", ParameterSchema.query($0, of: route)) }
            + text.headers.map { ($0, "header", ParameterSchema.header($0)) }
        var rows = parameters.map { name, source, schema in
            row("\(source) <code>\(name)</code>", HTMLPage.escaped(schema["description"] as? String ?? ""))
        }
        if let body = text.body { rows.append(row("body", "<code>\(body)</code> of openapi.json")) }
        for answer in text.answers {
            let content = answer.schema.map { " <code>\($0)</code>" } ?? ""
            rows.append(row("\(answer.status)", HTMLPage.escaped(answer.meaning) + content))
        }
        switch route.scope {
        case nil: break
        case .some(let scope):
            rows.append(row("credential", "with the scope \(scope), where the gateway asks for one"))
        }
        page.add("<table>\(rows.joined())</table>")
    }

    private static func row(_ name: String, _ meaning: String) -> String {
        "<tr><td>\(name)</td><td>\(meaning)</td></tr>"
    }
}
