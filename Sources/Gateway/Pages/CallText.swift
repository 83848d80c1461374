/// What documents say of one call, beside what its route says.
struct CallText {
    /// An answer that is no problem. A schema's name stands for JSON.
    struct Answer {
        let status: Int
        let meaning: String
        var schema: String?
        var mediaType = "application/json"
    }

    let summary: String
    /// The schema of its body, by name; nil where it has none.
    var body: String?
    /// Header fields that mean something, beside those of every call.
    var headers: [String] = []
    let answers: [Answer]

    private static let ordered = [Answer(status: 202, meaning: "The order is stored.", schema: "Run")]
    private static let orderHeaders = ["Idempotency-Key", "Cache-Sync-Operator"]

    init(_ summary: String, body: String? = nil, headers: [String] = [], _ answers: [Answer]) {
        (self.summary, self.body, self.headers, self.answers) = (summary, body, headers, answers)
    }

    private init(_ summary: String, _ schema: String) {
        self.init(summary, [Answer(status: 200, meaning: "What is known.", schema: schema)])
    }

    /// Of answers that clients may keep until they change.
    private init(tagged summary: String, _ schema: String) {
        self.init(
            summary, headers: ["If-None-Match"],
            [
                Answer(status: 200, meaning: "What is known.", schema: schema),
                Answer(status: 304, meaning: "What the client has is still so."),
            ])
    }

    private init(_ summary: String, page mediaType: String) {
        self.init(summary, [Answer(status: 200, meaning: "The page.", mediaType: mediaType)])
    }

    /// An order of a run.
    private init(_ summary: String, order body: String) {
        self.init(summary, body: body, headers: Self.orderHeaders, Self.ordered)
    }

    init(_ route: Route, _ method: String) {
        switch route {
        case .invalidate: self = Self.publishing
        case .invalidation: self = Self.cancelling
        case .statuses:
            self.init(tagged: "List requests, the newest first; with id, tell of that one.", "StatusOrList")
        case .status: self.init(tagged: "Tell how far a request is at each edge.", "Status")
        case .statusCounts: self.init(tagged: "Count requests by the minute, the newest first.", "StatusCounts")
        case .failingEdges:
            self.init(tagged: "List the edges at which most requests fail, with the last error.", "FailingEdges")
        case .statusEvents: self = Self.following
        case .events: self = Self.listening
        case .runs where method == "POST": self.init("Order a replay.", order: "ReplayOrder")
        case .runs: self.init("List runs, the newest first.", "Runs")
        case .run where method == "PATCH":
            self.init(
                "Start, pause or cancel a run, or change its rate.", body: "RunChange",
                headers: ["Cache-Sync-Operator"], Self.ordered)
        case .run: self.init("Tell how far a run is.", "Run")
        case .deadLetters: self.init("List dead letters, or count them by group.", "DeadLetters")
        case .deadLetter: self.init("Tell of one dead letter, with its headers.", "DeadLetter")
        case .deadLetterValue: self = Self.value
        case .exportedDeadLetters:
            self.init("Export dead letters with their keys and values, one a line.", page: "application/x-ndjson")
        case .redrive: self.init("Order a redrive of dead letters.", order: "RedriveOrder")
        case .discard: self.init("Order to close dead letters without another try.", order: "DiscardOrder")
        case .access: self.init("Tell what the credential opens.", "Access")
        case .namespaces:
            self.init(tagged: "List namespaces with their requests since then and their dead letters.", "Namespaces")
        case .lag: self.init("Tell how far workers and the view are behind in each partition.", "Lag")
        case .audit:
            self.init("List who ordered runs and when keys changed, or who published, the newest first.", "Audit")
        case .keys: self.init("List credentials without their secrets.", "Keys")
        case .live: self.init("Say that the process runs.", "Health")
        case .ready: self = Self.readiness
        case .metrics: self.init("Show the metrics of the process.", page: "text/plain")
        case .workerMetrics:
            self.init("Show what the processes of workers measure, each with its address.", page: "text/plain")
        case .openAPI: self.init("Describe all calls, as OpenAPI 3.1.", page: "application/json")
        case .docs: self.init("Describe all calls, for people.", page: "text/html")
        case .problems: self.init("List the kinds of problems.", page: "text/plain")
        case .dialect: self.init("Purge as another product's clients do.", [])
        case .file, .console: self.init("A file for browsers.", [])
        case .problem: self.init("Say what a kind of problem means, and what to do.", page: "text/plain")
        }
    }

    private static let publishing = CallText(
        "Publish what is stale: one request, or a batch as an array or a request a line.", body: "Publish",
        headers: ["Idempotency-Key"],
        [
            Answer(status: 200, meaning: "With plan=true: what it would come to.", schema: "PublishPlan"),
            Answer(status: 202, meaning: "Kafka has it: the request, or all of the batch.", schema: "Accepted"),
            Answer(status: 207, meaning: "Some of the batch are refused, each with its reason.", schema: "Batch"),
        ])

    private static let cancelling = CallText(
        "Call a request off at the edges where it still waits.", headers: ["Idempotency-Key"],
        [Answer(status: 202, meaning: "Kafka has the cancellation, a request of its own.", schema: "Accepted")])

    private static let following = CallText(
        "Follow a request: its status now, each change, and its end, as server-sent events.",
        headers: ["Last-Event-ID"],
        [
            Answer(status: 200, meaning: "The stream.", mediaType: "text/event-stream"),
            Answer(status: 204, meaning: "The client has seen the end of the request."),
        ])

    private static let listening = CallText(
        "Follow all requests of a namespace, or of all that the credential is for, as server-sent events.",
        headers: ["Last-Event-ID"],
        [Answer(status: 200, meaning: "The stream.", mediaType: "text/event-stream")])

    private static let value = CallText(
        "Give the value of a dead letter, byte for byte.",
        [
            Answer(status: 200, meaning: "The value.", mediaType: "application/octet-stream"),
            Answer(status: 204, meaning: "The record has no value."),
        ])

    private static let readiness = CallText(
        "Say whether the gateway can do its work.",
        [
            Answer(status: 200, meaning: "It can.", schema: "Health"),
            Answer(status: 503, meaning: "It cannot; checks says why.", schema: "Health"),
        ])
}
