internal import Admin
internal import HTTP
internal import Invalidations
internal import Kafka
internal import Runtime

/// What a running gateway consists of, from its start to its end.
final class GatewayParts {
    let health = KafkaHealth()
    let readiness: HealthEndpoint
    let server: HTTPServer
    private let configuration: GatewayConfiguration
    private let log: Log
    private let publisher: PublishHandler
    private let deliveries: DeliveryLoop
    private let watcher: StatusWatcher
    private let probe: KafkaProbe
    private let deliveryThread: BackgroundThread
    private let watcherThread: BackgroundThread

    init(
        _ configuration: GatewayConfiguration, backlogGuard: (any PublishGuard)?, registry: MetricsRegistry, log: Log,
        stop: StopSignal
    ) throws {
        self.configuration = configuration
        self.log = log
        let metrics = GatewayMetrics(registry)
        let pipe = try WakePipe()
        let publisher = PublishHandler(
            configuration, invalidations: try Self.outlet(configuration, linger: .milliseconds(1), pipe),
            progress: try Self.outlet(configuration, linger: .milliseconds(1), pipe), backlogGuard: backlogGuard,
            health: health,
            metrics: metrics)
        let statusService = StatusService(
            viewPath: configuration.viewPath, readers: configuration.http.threads + 1,
            links: StatusLinks(publicURL: configuration.publicURL),
            lookUpRecent: { [weak publisher] in publisher?.lookUpRecent($0) })
        let deliveries = DeliveryLoop(publisher, pipe: pipe, log: log, metrics: metrics)
        let watcher = StatusWatcher(
            statusService: statusService, countMax: configuration.waitingMax, interval: configuration.watchInterval)
        probe = try KafkaProbe(configuration.kafka)
        readiness = HealthEndpoint(
            kafka: health, probe: probe, statusService: statusService, viewLagMax: configuration.viewLagMax,
            isDraining: { stop.phase != .running })
        let router = Router(
            tokens: BearerTokens(configuration.tokens), publisher: publisher,
            statuses: StatusEndpoint(statusService: statusService, watcher: watcher, waitMax: configuration.waitMax),
            health: readiness, registry: registry, metrics: metrics)
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
        var http = configuration.http
        http.onMessage = http.onMessage ?? { log.debug("http", ["message": $0]) }
        http.screen = { router.screen($0) }
        server = try HTTPServer(http) { router.answerRequest($0, $1) }
        deliveryThread = try BackgroundThread("gateway-kafka") { try deliveries.run() }
        watcherThread = try BackgroundThread("gateway-watch") { try watcher.run() }
        (self.publisher, self.deliveries, self.watcher) = (publisher, deliveries, watcher)
    }

    /// Asks Kafka for the topics, so that the first request finds everything known, and notes whether it answers.
    func probe(timeout: Duration) {
        do {
            try publisher.invalidations.current.warmUp(topics: configuration.topics.invalidations, timeout: timeout)
            try publisher.progress.current.warmUp(topics: [configuration.topics.progress], timeout: timeout)
            if health.state != .fine { log.info("connected to Kafka") }
            health.update(.fine)
        } catch {
            log.warning("Kafka cannot be reached", ["error": "\(error)"])
            if health.state != .starting { health.update(.failing(reason: "\(error)")) }
        }
    }

    /// - Throws: why one of the threads has ended.
    func throwFailure() throws {
        for thread in [deliveryThread, watcherThread] {
            if let failure = thread.failure { throw failure }
        }
    }

    /// Takes no more requests, and lets those that run come to their answers.
    func drain(_ stop: StopSignal) {
        server.quiesce()
        publisher.close()
        watcher.close()
        let end = MonotonicTime.now() + configuration.drainTimeout
        while publisher.pending > 0, MonotonicTime.now() < end, stop.phase < .stopping {
            stop.waitForPhase(.stopping, timeout: .milliseconds(5))
        }
    }

    /// Answers what is left and ends all threads.
    func end() {
        publisher.close()
        publisher.giveUpAll()
        watcher.close()
        // Before the server's end, or it would answer those who wait with a failure.
        watcherThread.join()
        server.stop()
        deliveries.close()
        deliveryThread.join()
        probe.close()
    }

    private static func outlet(
        _ configuration: GatewayConfiguration, linger: Duration, _ pipe: WakePipe
    ) throws -> Outlet {
        var tuning = ProducerTuning(linger: linger, deliveryTimeout: configuration.publishTimeout)
        // Above the largest value that is accepted, below what the topics take.
        tuning.recordBytesMax = 1_100_000
        let (kafka, settings) = (configuration.kafka, tuning)
        return try Outlet {
            let producer = try KafkaProducer(kafka, settings)
            producer.wake(on: pipe.writeDescriptor)
            return producer
        }
    }
}
