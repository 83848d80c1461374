internal import HTTP

/// File of the browser component, or of the page that shows it.
///
/// All stand in `Component`, and are part of the program.
enum PageFile: String, CaseIterable {
    case component = "/cache-sync.js"
    case types = "/cache-sync.d.ts"
    case manifest = "/custom-elements.json"
    case demo = "/demo"
    case demoScript = "/demo.js"
    case demoStyle = "/demo.css"

    /// Scripts and styles of the gateway alone, and no frame around the page.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    private static let responses: [PageFile: HTTPResponse] = {
        Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.made) })
    }()

    var response: HTTPResponse { Self.responses[self] ?? made }

    private var made: HTTPResponse { Self.response(contentType, policy: Self.policy, body) }

    static func response(_ contentType: String, policy: String, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", contentType), ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"), ("Content-Security-Policy", policy),
            ], body: body)
    }

    private var contentType: String {
        switch self {
        case .component, .demoScript: "text/javascript; charset=utf-8"
        case .types: "text/plain; charset=utf-8"
        case .manifest: "application/json"
        case .demo: "text/html; charset=utf-8"
        case .demoStyle: "text/css; charset=utf-8"
        }
    }

    private var body: [UInt8] {
        switch self {
        case .component: BareScript(PackageResources.cache_sync_js).bytes
        case .types: PackageResources.cache_sync_d_ts
        case .manifest: PackageResources.custom_elements_json
        case .demo: PackageResources.demo_html
        case .demoScript: PackageResources.demo_js
        case .demoStyle: PackageResources.demo_css
        }
    }
}
