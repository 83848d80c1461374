internal import Admin
internal import HTTP
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Views

/// What a running gateway consists of, from its start to its end.
final class GatewayParts {
    let health = KafkaHealth()
    let readiness: HealthEndpoint
    let server: HTTPServer
    let entrance: Entrance
    private let certificateWatch: CertificateWatch?
    private let configuration: GatewayConfiguration
    private let log: Log
    private let publisher: PublishHandler
    private let deliveries: DeliveryLoop
    private let watcher: StatusWatcher
    private let streams: StreamHub
    private let jobs: JobQueue
    private let viewWork: ViewWork
    private let probe: KafkaProbe
    private var nextCount = MonotonicTime.now()
    private let deliveryThread: BackgroundThread
    private let watcherThread: BackgroundThread
    private let streamThread: BackgroundThread
    private let jobThread: BackgroundThread

    init(
        _ configuration: GatewayConfiguration, backlogGuard: (any PublishGuard)?, mounted: (any MountedCalls)?,
        registry: MetricsRegistry, log: Log, stop: StopSignal
    ) throws {
        self.configuration = configuration
        self.log = log
        let metrics = GatewayMetrics(registry)
        let entrance = Entrance(try AccessRules(configuration), AccessWatch(registry, log))
        let pipe = try WakePipe()
        let recent = RecentRequests(countMax: configuration.recentMax)
        // The threads that ask, the watcher's, and that of the jobs.
        let location = configuration.view
        let readers = SharedSlots(count: ViewWork.readerCount(configuration) + 2) { ViewReader(location) }
        let viewWork = try ViewWork(configuration)
        let statusService = StatusService(
            readers: readers, links: StatusLinks(publicURL: configuration.publicURL),
            targets: TargetEdges(configuration.edges),
            recent: recent)
        let publisher = PublishHandler(
            configuration, invalidations: try Outlet(configuration, pipe),
            statuses: statusService, recent: recent, viewWork: viewWork, backlogGuard: backlogGuard, health: health,
            metrics: metrics, entrance: entrance)
        let deliveries = DeliveryLoop(
            publisher, pipe: pipe, log: log, replaced: metrics.producersReplaced)
        let watcher = StatusWatcher(
            statusService: statusService, countMax: configuration.waitingMax, interval: configuration.watchInterval)
        probe = try KafkaProbe(configuration.kafka)
        readiness = HealthEndpoint(
            kafka: health, probe: probe, statusService: statusService, viewLagMax: configuration.viewLagMax,
            isDraining: { stop.phase != .running })
        let jobs = JobQueue(countMax: configuration.jobsMax)
        let runs = Self.runService(configuration, readers, jobs, watcher)
        let links = StatusLinks(publicURL: configuration.publicURL)
        let streams = StreamHub(configuration, links: links, registry: registry, log: log)
        let router = Router(
            entrance: entrance,
            publisher: publisher,
            dialects: DialectEndpoint(publisher: publisher, threads: configuration.http.threads),
            statuses: StatusEndpoint(statusService: statusService, watcher: watcher, waitMax: configuration.waitMax),
            events: EventsEndpoint(hub: streams, statusService: statusService, entrance: entrance),
            runs: RunsEndpoint(
                service: runs, waitMax: configuration.waitMax, threads: configuration.http.threads),
            deadLetters: DeadLettersEndpoint(
                reader: runs.reader, jobs: jobs, kafka: configuration.kafka, links: links),
            oversight: OversightEndpoint(configuration, reader: runs.reader, jobs: jobs, entrance: entrance),
            health: readiness, pages: PagesEndpoint(entrance: entrance, links: links), viewWork: viewWork, links: links,
            registry: registry, metrics: metrics)
        Self.addGauges(to: registry, jobs, viewWork, publisher, watcher, statusService, streams)
        var http = configuration.http
        http.connectionLimit += configuration.streamsMax
        let marks = configuration.certificateFiles?.marks ?? []
        http.tls = try configuration.certificateFiles?.read()
        certificateWatch = configuration.certificateFiles.map { CertificateWatch($0, marks: marks) }
        http.onMessage = http.onMessage ?? { log.debug("http", ["message": $0]) }
        http.problemType = { links.base + ProblemType.ofServer(status: $0).address }
        server = try Self.server(http, router, mounted)
        deliveryThread = try BackgroundThread("gateway-kafka") { try deliveries.run() }
        watcherThread = try BackgroundThread("gateway-watch") { try watcher.run() }
        streamThread = try BackgroundThread("gateway-streams") { try streams.run() }
        jobThread = try BackgroundThread("gateway-jobs") { jobs.run() }
        self.entrance = entrance
        (self.publisher, self.deliveries, self.watcher, self.jobs) = (publisher, deliveries, watcher, jobs)
        (self.viewWork, self.streams) = (viewWork, streams)
    }

    private static func server(
        _ http: HTTPServerConfiguration, _ router: Router, _ mounted: (any MountedCalls)?
    ) throws -> HTTPServer {
        var http = http
        guard let mounted else {
            http.screen = { router.screen(&$0) }
            http.refusal = { router.shapeRefusal(of: $0, $1) }
            return try HTTPServer(http) { router.answerRequest($0, $1) }
        }
        http.screen = { mounted.serves($0.path) ? mounted.screen(&$0) : router.screen(&$0) }
        http.refusal = { mounted.serves($0.path) ? mounted.shapeRefusal(of: $0, $1) : router.shapeRefusal(of: $0, $1) }
        return try HTTPServer(http) { request, responder in
            guard mounted.serves(request.path) else { return router.answerRequest(request, responder) }
            mounted.answerRequest(request, responder)
        }
    }

    private static func addGauges(
        to registry: MetricsRegistry, _ jobs: JobQueue, _ viewWork: ViewWork, _ publisher: PublishHandler,
        _ watcher: StatusWatcher, _ statusService: StatusService, _ streams: StreamHub
    ) {
        registry.gauge("cachesync_gateway_streams", help: "Live streams that are open.") { [weak streams] in
            Double(streams?.count ?? 0)
        }
        registry.gauge("cachesync_gateway_jobs", help: "Orders and questions that wait for Kafka.") { [weak jobs] in
            Double(jobs?.count ?? 0)
        }
        registry.gauge("cachesync_gateway_view_questions", help: "Questions to the view that have no answer yet.") {
            [weak viewWork] in
            Double(viewWork?.count ?? 0)
        }
        registry.gauge("cachesync_gateway_pending", help: "Requests on their way into Kafka.") { [weak publisher] in
            Double(publisher?.pending ?? 0)
        }
        registry.gauge("cachesync_gateway_waiting", help: "Requests that wait for a status.") { [weak watcher] in
            Double(watcher?.count ?? 0)
        }
        registry.gauge(
            "cachesync_gateway_view_timestamp_seconds",
            help: "Time whose progress is all in the view that statuses are read from; 0 without a view."
        ) { [weak statusService] in
            Double((try? statusService?.watermark())?.milliseconds ?? 0) / 1_000
        }
    }

    private static func runService(
        _ configuration: GatewayConfiguration, _ readers: SharedSlots<ViewReader>, _ jobs: JobQueue,
        _ watcher: StatusWatcher
    ) -> RunService {
        RunService(
            reader: RunReader(readers: readers), jobs: jobs, writer: OrderWriter(kafka: configuration.kafka),
            watcher: watcher,
            links: StatusLinks(publicURL: configuration.publicURL), countWait: configuration.countWait)
    }

    /// Whether the health tells of Kafka what it is: ready is said by both or by none.
    var isKafkaKnown: Bool { probe.fault == nil }

    /// Asks Kafka for the topics, so that the first request finds everything known, and notes whether it answers.
    func probe(timeout: Duration) {
        do {
            try publisher.invalidations.current.warmUp(topics: configuration.topics.invalidations, timeout: timeout)
            if health.state != .fine { log.info("connected to Kafka") }
            health.update(.fine)
        } catch {
            log.warning("Kafka cannot be reached", ["error": "\(error)"])
            if health.state != .starting { health.update(.failing(reason: "\(error)")) }
        }
    }

    /// Reads again what stands in files that have changed: keys and the certificate.
    func refreshFiles() {
        entrance.rules.refresh(log)
        certificateWatch?.refresh(server, log)
    }

    /// Looks for partitions that were added, now and then while somebody listens.
    func countPartitions() {
        guard streams.count > 0, MonotonicTime.now() >= nextCount else { return }
        nextCount = .now() + configuration.partitionInterval
        if let counts = probe.partitionCounts(timeout: .seconds(1)) { streams.updatePartitionCounts(counts) }
    }

    /// - Throws: why one of the threads has ended.
    func throwFailure() throws {
        for thread in [deliveryThread, watcherThread, streamThread, jobThread] {
            if let failure = thread.failure { throw failure }
        }
    }

    /// Takes no more requests, and lets those that run come to their answers.
    func drain(_ stop: StopSignal) {
        server.quiesce()
        publisher.close()
        jobs.close()
        viewWork.close()
        watcher.close()
        streams.close()
        let end = MonotonicTime.now() + configuration.drainTimeout
        while publisher.pending > 0, MonotonicTime.now() < end, stop.phase < .stopping {
            stop.waitForPhase(.stopping, timeout: .milliseconds(5))
        }
    }

    /// Answers what is left and ends all threads.
    func end() {
        publisher.close()
        publisher.giveUpAll()
        jobs.close()
        viewWork.close()
        watcher.close()
        streams.close()
        // Before the server's end, or it would answer those who wait with a failure.
        jobThread.join()
        viewWork.join()
        watcherThread.join()
        streamThread.join()
        server.stop()
        deliveries.close()
        deliveryThread.join()
        probe.close()
    }
}
