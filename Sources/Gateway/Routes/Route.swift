internal import HTTP

/// What the gateway serves, by path.
enum Route {
    case invalidate
    /// A request that is called off.
    case invalidation(String)
    /// A request as another product's clients send it.
    case dialect(any Dialect)
    /// The list, or one request where the query names its id.
    case statuses
    case status(String)
    /// Requests by the minute.
    case statusCounts
    /// The edges at which most requests fail.
    case failingEdges
    /// Live events of one request.
    case statusEvents(String)
    /// Live events of namespaces.
    case events
    /// The list of runs, and where new ones are ordered.
    case runs
    case run(String)
    case deadLetters
    /// One, as PARTITION/OFFSET.
    case deadLetter(String)
    case deadLetterValue(String)
    case exportedDeadLetters
    case redrive
    case discard
    /// What the credential opens.
    case access
    /// Requests and dead letters by namespace.
    case namespaces
    /// How far those who read the log are behind.
    case lag
    /// Who has ordered and changed what.
    case audit
    /// Credentials, without their secrets.
    case keys
    case live
    case ready
    case metrics
    /// Of the processes of workers.
    case workerMetrics
    case openAPI
    case docs
    case problems
    /// One kind of problem, by its name.
    case problem(String)
    /// Of the browser component.
    case file(PageFile)
    /// Of the console.
    case console(ConsoleFile)

    /// Dialects also look at the method and at header fields.
    init?(_ request: HTTPRequest) {
        if let dialect = Dialects.find(request) {
            self = .dialect(dialect)
        } else if let file = ConsoleFile(request) {
            self = .console(file)
        } else {
            self.init(path: request.path)
        }
    }

    /// - Parameter path: decoded; a slash at its end makes no difference.
    private init?(path: String) {
        if let file = PageFile(rawValue: path) {
            self = .file(file)
            return
        }
        let hasSlash = path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/")
        let path = hasSlash ? String(path.dropLast()) : path
        switch path {
        case "/invalidate": self = .invalidate
        case "/status": self = .statuses
        case "/status/counts": self = .statusCounts
        case "/status/edges": self = .failingEdges
        case "/events": self = .events
        case "/replays": self = .runs
        case "/dead": self = .deadLetters
        case "/dead/export": self = .exportedDeadLetters
        case "/dead/redrive": self = .redrive
        case "/dead/discard": self = .discard
        case "/access": self = .access
        case "/namespaces": self = .namespaces
        case "/lag": self = .lag
        case "/audit": self = .audit
        case "/keys": self = .keys
        case "/health/live": self = .live
        case "/health/ready": self = .ready
        case "/metrics": self = .metrics
        case "/metrics/workers": self = .workerMetrics
        case "/openapi.json": self = .openAPI
        case "/docs": self = .docs
        case "/problems": self = .problems
        default: self.init(parts: PathParts.split(path))
        }
    }

    private init?(parts: [String]) {
        guard parts.count >= 3, parts[0].isEmpty, parts.dropFirst().allSatisfy({ !$0.isEmpty }) else { return nil }
        switch (parts[1], parts.count) {
        case ("invalidate", 3): self = .invalidation(parts[2])
        case ("status", 3): self = .status(parts[2])
        case ("status", 4) where parts[3] == "events": self = .statusEvents(parts[2])
        case ("replays", 3): self = .run(parts[2])
        case ("problems", 3): self = .problem(parts[2])
        case ("dead", 4): self = .deadLetter("\(parts[2])/\(parts[3])")
        case ("dead", 5) where parts[4] == "value": self = .deadLetterValue("\(parts[2])/\(parts[3])")
        default: return nil
        }
    }

    /// Whether the answer may need the view, in the threads that have the request. Publishing asks by itself, where it
    /// must.
    var asksView: Bool {
        switch self {
        case .statuses, .status, .statusCounts, .failingEdges, .statusEvents, .runs, .run, .deadLetters,
            .exportedDeadLetters, .redrive, .discard, .namespaces, .audit, .ready, .metrics:
            true
        case .invalidate, .invalidation, .dialect, .events, .deadLetter, .deadLetterValue, .access, .lag, .keys, .live,
            .workerMetrics, .openAPI, .docs, .problems, .problem, .file, .console:
            false
        }
    }

    var methods: [String] {
        switch self {
        case .invalidate, .redrive, .discard: ["POST", "OPTIONS"]
        case .invalidation: ["DELETE", "OPTIONS"]
        case .dialect(let dialect): dialect.methods
        case .runs: ["GET", "HEAD", "POST", "OPTIONS"]
        case .run: ["GET", "HEAD", "PATCH", "OPTIONS"]
        case .statuses, .status, .statusCounts, .failingEdges, .statusEvents, .events, .deadLetters, .deadLetter,
            .deadLetterValue, .exportedDeadLetters, .access, .namespaces, .lag, .audit, .keys, .live, .ready, .metrics,
            .workerMetrics, .openAPI, .docs, .problems, .problem, .file, .console:
            ["GET", "HEAD", "OPTIONS"]
        }
    }

    /// The query parameters that mean something; nil where others are let pass, because those who watch a process
    /// add some of their own, and the query of a PURGE belongs to what is purged.
    func parameters(of method: String) -> [String]? {
        switch self {
        case .invalidate: ["plan"]
        case .invalidation: ["namespace"]
        case .redrive, .discard, .deadLetter, .deadLetterValue: []
        case .statuses: StatusParameters.names
        case .status: ["wait", "namespace"]
        case .statusCounts: StatusCountParameters.ofMinutes
        case .failingEdges: StatusCountParameters.ofEdges
        case .statusEvents, .events: ["namespace"]
        case .runs: method == "POST" ? [] : ["limit", "before"]
        case .run: method == "PATCH" ? [] : ["wait"]
        case .deadLetters: DeadLetterParameters.filters + ["limit", "cursor", "group"]
        case .exportedDeadLetters: DeadLetterParameters.filters + ["limit", "cursor"]
        case .access, .lag: []
        case .namespaces: ["name", "since", "limit"]
        case .audit: ["who", "kind", "since", "limit", "cursor"]
        case .keys: ["limit", "after"]
        case .dialect, .live, .ready, .metrics, .workerMetrics, .openAPI, .docs, .problems, .problem, .file, .console:
            nil
        }
    }

    /// Health and metrics are asked by machines of the operator that hold no tokens, and tell nothing of requests;
    /// nor do the pages.
    var scope: Scopes? {
        switch self {
        case .invalidate, .invalidation, .dialect: .publish
        case .statuses, .status, .statusCounts, .failingEdges, .statusEvents, .events: .read
        case .namespaces: .read
        case .runs, .run, .deadLetters, .deadLetter, .deadLetterValue, .exportedDeadLetters, .redrive, .discard, .lag,
            .audit, .keys:
            .operate
        // Whatever it opens.
        case .access: []
        case .live, .ready, .metrics, .workerMetrics, .openAPI, .docs, .problems, .problem, .file, .console: nil
        }
    }
}
