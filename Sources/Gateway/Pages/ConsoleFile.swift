internal import HTTP

/// File of the console: the page at `/`, or what it loads from `/console/`.
///
/// All stand in `Console`, and are part of the program.
struct ConsoleFile: Sendable {
    let path: String
    let response: HTTPResponse

    private init(_ path: String, _ type: String, _ bytes: [UInt8], varyingBy field: String? = nil) {
        let response = PageFile.response("\(type); charset=utf-8", policy: Self.policy, bytes)
        self.path = path
        self.response = field.map { response.with("Vary", $0) } ?? response
    }

    /// The page is for those who ask for HTML: other clients find nothing at `/`, as ever.
    init?(_ request: HTTPRequest) {
        if request.path == Self.page.path {
            guard ["GET", "HEAD"].contains(request.method), PagesEndpoint.wantsHTML(request) else { return nil }
            self = Self.page
        } else if let file = Self.files[request.path] {
            self = file
        } else {
            return nil
        }
    }

    private static let page = ConsoleFile("/", "text/html", PackageResources.index_html, varyingBy: "Accept")

    /// No text of others becomes markup: the browser refuses what would make it so.
    private static let policy = PageFile.policy + "; require-trusted-types-for 'script'"

    private static let files: [String: ConsoleFile] = {
        let style = ConsoleFile("/console/console.css", "text/css", PackageResources.console_css)
        let scripts = modules.map { name, bytes in
            ConsoleFile("/console/\(name)", "text/javascript", BareScript(bytes).bytes)
        }
        return Dictionary(uniqueKeysWithValues: ([style] + scripts).map { ($0.path, $0) })
    }()

    private static let modules: KeyValuePairs<String, [UInt8]> = [
        "api.js": PackageResources.api_js,
        "audit.js": PackageResources.audit_js,
        "board.js": PackageResources.board_js,
        "cache.js": PackageResources.cache_js,
        "chart.js": PackageResources.chart_js,
        "confirm.js": PackageResources.confirm_js,
        "dead.js": PackageResources.dead_js,
        "deadactions.js": PackageResources.deadactions_js,
        "deadletter.js": PackageResources.deadletter_js,
        "dom.js": PackageResources.dom_js,
        "edges.js": PackageResources.edges_js,
        "edgetable.js": PackageResources.edgetable_js,
        "edgetiles.js": PackageResources.edgetiles_js,
        "export.js": PackageResources.export_js,
        "filter.js": PackageResources.filter_js,
        "filterbox.js": PackageResources.filterbox_js,
        "format.js": PackageResources.format_js,
        "keyboard.js": PackageResources.keyboard_js,
        "keys.js": PackageResources.keys_js,
        "lag.js": PackageResources.lag_js,
        "live.js": PackageResources.live_js,
        "livelist.js": PackageResources.livelist_js,
        "main.js": PackageResources.main_js,
        "metrics.js": PackageResources.metrics_js,
        "namespaces.js": PackageResources.namespaces_js,
        "order.js": PackageResources.order_js,
        "problem.js": PackageResources.problem_js,
        "publish.js": PackageResources.publish_js,
        "recent.js": PackageResources.recent_js,
        "replay.js": PackageResources.replay_js,
        "request.js": PackageResources.request_js,
        "requests.js": PackageResources.requests_js,
        "requesttable.js": PackageResources.requesttable_js,
        "rollout.js": PackageResources.rollout_js,
        "rolloutactions.js": PackageResources.rolloutactions_js,
        "router.js": PackageResources.router_js,
        "run.js": PackageResources.run_js,
        "runs.js": PackageResources.runs_js,
        "scheme.js": PackageResources.scheme_js,
        "selection.js": PackageResources.selection_js,
        "signin.js": PackageResources.signin_js,
        "stream.js": PackageResources.stream_js,
        "table.js": PackageResources.table_js,
        "tiles.js": PackageResources.tiles_js,
        "welcome.js": PackageResources.welcome_js,
    ]
}
