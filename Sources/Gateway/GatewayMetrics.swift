internal import Runtime

/// What the gateway counts.
struct GatewayMetrics: Sendable {
    /// Requests whose publication was acknowledged in full.
    let accepted: Counter
    /// Answered from the memory of idempotency keys.
    let repeated: Counter
    /// Not acknowledged by Kafka.
    let failed: Counter
    /// Refused before anything was published, because there was no capacity.
    let refused: Counter
    /// Producer handles that were replaced after a fatal error.
    let producersReplaced: Counter
    /// From the body's arrival to the second acknowledgement.
    let publishSeconds: Histogram
    private let answers: [String: [Counter]]

    init(_ registry: MetricsRegistry) {
        let help = "Requests to publish, by what became of them."
        func publications(_ outcome: String) -> Counter {
            registry.counter("cachesync_gateway_publications_total", help: help, labels: ["outcome": outcome])
        }
        accepted = publications("accepted")
        repeated = publications("repeated")
        failed = publications("failed")
        refused = publications("refused")
        producersReplaced = registry.counter(
            "cachesync_gateway_producers_replaced_total", help: "Kafka producers replaced after a fatal error.")
        publishSeconds = registry.histogram(
            "cachesync_gateway_publish_seconds", help: "Time from a request's arrival to Kafka's acknowledgement.")
        answers = Dictionary(
            uniqueKeysWithValues: Route.labels.map { route in
                let counters = (0...5).map { hundreds in
                    registry.counter(
                        "cachesync_gateway_answers_total", help: "Answers by route and class of status.",
                        labels: ["route": route, "status": "\(hundreds)xx"])
                }
                return (route, counters)
            })
    }

    func answered(_ route: Route?, status: Int) {
        answers[Route.label(of: route)]?[min(max(status / 100, 0), 5)].increment()
    }
}

extension Route {
    static let labels =
        [
            "invalidate", "list", "status", "streams", "replays", "dead", "oversight", "health", "metrics", "pages",
            "none",
        ]
        + Dialects.all.map { $0.name }

    static func label(of route: Route?) -> String {
        switch route {
        case .invalidate, .invalidation: "invalidate"
        case .dialect(let dialect): type(of: dialect).name
        case .statuses, .statusCounts, .failingEdges: "list"
        case .status: "status"
        case .statusEvents, .events: "streams"
        case .runs, .run: "replays"
        case .deadLetters, .deadLetter, .deadLetterValue, .exportedDeadLetters, .redrive, .discard: "dead"
        case .access, .namespaces, .lag, .audit, .keys: "oversight"
        case .live, .ready: "health"
        case .metrics, .workerMetrics: "metrics"
        case .openAPI, .docs, .problems, .problem, .file, .console: "pages"
        case nil: "none"
        }
    }
}
