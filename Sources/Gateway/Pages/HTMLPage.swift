internal import HTTP

/// HTML page without scripts and without anything from elsewhere.
struct HTMLPage {
    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
        code{background:#8882;padding:0 .2em}h2{margin-top:2rem}\
        table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}
        """

    let title: String
    private(set) var body = ""

    init(_ title: String) {
        self.title = title
    }

    /// - Parameter html: with its own text escaped.
    mutating func add(_ html: String) { body += html + "\n" }

    var response: HTTPResponse {
        let text = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(Self.escaped(title))</title><style>\(Self.style)</style></head>
            <body><h1>\(Self.escaped(title))</h1>
            \(body)</body></html>

            """
        return HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ], body: Array(text.utf8))
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
