import Invalidations
public import Runtime

/// What workers count. Labels are fixed: never a namespace, never a URL.
public struct WorkerMetrics: Sendable {
    let recordsRead: Counter
    let retriesRead: Counter
    let purges: Counter
    let absorbed: Counter
    let commits: Counter
    let assignments: Counter
    let logsGoneBack: Counter
    let restarts: Counter
    let openRecords: Gauge
    let delayedRecords: Gauge
    let edgesDown: Gauge
    let peersDiffering: Gauge
    private let retryRecords: [DeferReason: Counter]
    private let deadLetters: [DeadLetter.Class: Counter]
    /// By priority, the most urgent first.
    private let requestSeconds: [Histogram]
    private let registry: MetricsRegistry
    private let breakers: EdgeBreakers

    public init(_ registry: MetricsRegistry) {
        self.registry = registry
        breakers = EdgeBreakers(registry)
        recordsRead = registry.counter(
            "cachesync_worker_records_total", help: "Records read from the invalidation topics")
        retriesRead = registry.counter("cachesync_worker_retries_total", help: "Records read from the retry topics")
        purges = registry.counter(
            "cachesync_worker_purges_total", help: "Batches sent to edges, repeated ones included")
        absorbed = registry.counter(
            "cachesync_worker_absorbed_total", help: "Purges that another purge of the same edge made needless")
        commits = registry.counter("cachesync_worker_commits_total", help: "Commits of a partition's offset")
        assignments = registry.counter(
            "cachesync_worker_assignments_total", help: "Times that the group gave partitions to a worker loop")
        logsGoneBack = registry.counter(
            "cachesync_worker_logs_gone_back_total",
            help: "Partitions that were read anew because their log was shorter, or another one, than offsets said")
        restarts = registry.counter(
            "cachesync_worker_restarts_total", help: "Times that a worker loop began anew after a fault")
        openRecords = registry.gauge("cachesync_worker_open_records", help: "Records in work")
        delayedRecords = registry.gauge(
            "cachesync_worker_parked_records", help: "Records of retry topics read ahead of their time")
        edgesDown = registry.gauge(
            "cachesync_worker_edges_down", help: "Edges with an open circuit breaker, summed up over worker loops")
        peersDiffering = registry.gauge(
            "cachesync_worker_peers_differing", help: "Members of the group with other edges, as seen by worker loops")
        retryRecords = Dictionary(
            uniqueKeysWithValues: DeferReason.allCases.map { reason in
                let counter = registry.counter(
                    "cachesync_worker_deferrals_total", help: "Requests deferred to a retry topic",
                    labels: ["reason": reason.rawValue])
                return (reason, counter)
            })
        deadLetters = Dictionary(
            uniqueKeysWithValues: [DeadLetter.Class.undecodable, .unroutable, .permanent, .exhausted].map { deadClass in
                let counter = registry.counter(
                    "cachesync_worker_dead_letters_total", help: "Requests that became dead letters",
                    labels: ["class": deadClass.rawValue])
                return (deadClass, counter)
            })
        requestSeconds = Priority.allCases.map { priority in
            registry.histogram(
                "cachesync_request_duration_seconds",
                help:
                    "Time from a request's making, or its notBefore, to the last edge's acknowledgement, by two clocks",
                buckets: Histogram.latencyBuckets + [30, 60, 300, 1_800, 7_200], labels: ["priority": priority.rawValue]
            )
        }
    }

    /// What edges are sent and answer.
    func meter(edges: [EdgeProfile], accounts: [AccountProfile]) -> EdgeMeter {
        EdgeMeter(registry, breakers, edges: edges, accounts: accounts)
    }

    /// Counts a request that every edge has acknowledged now.
    func completed(_ report: RequestReport) {
        guard requestSeconds.indices.contains(report.origin.source.topic) else { return }
        let (milliseconds, overflow) = report.at.milliseconds.subtractingReportingOverflow(
            max(report.requestedAt, report.notBefore ?? report.requestedAt).milliseconds)
        guard !overflow else { return }
        requestSeconds[report.origin.source.topic].observe(Double(max(0, milliseconds)) / 1_000)
    }

    func retryRecord(_ reason: DeferReason) {
        retryRecords[reason]?.increment()
    }

    func deadLetter(_ deadClass: DeadLetter.Class) {
        deadLetters[deadClass]?.increment()
    }
}

/// One loop's part of a gauge that several loops share.
struct GaugeShare {
    private let gauge: Gauge
    private var value = 0

    init(_ gauge: Gauge) {
        self.gauge = gauge
    }

    mutating func set(_ value: Int) {
        guard value != self.value else { return }
        gauge.add(Double(value - self.value))
        self.value = value
    }
}
