internal import Caches
internal import Gateway
internal import HTTP
internal import Runtime

/// What a running cache node consists of, from its start to its end.
final class CacheParts {
    let service: CacheService
    let router: CacheRouter
    let server: HTTPServer
    let entrance: ScopedEntrance
    private let configuration: CacheConfiguration
    private let log: Log
    private let certificateWatch: CertificateWatch?
    private let tail: InvalidationTail
    private let questions: EndQuestions
    private let loader: OriginLoader
    private let sqlOrigins: [SQLOrigin]
    private let journal: WriteJournal?
    private let forwarding: OwnerForwarding?
    private let forwardingThread: BackgroundThread?
    private let main: HTTPCalls
    /// Nil where no namespace has a main API.
    private let rollouts: RolloutTail?
    private let rolloutThreads: [BackgroundThread]
    private let diskThreads: [BackgroundThread]
    private let tailThread: BackgroundThread
    private let questionThread: BackgroundThread
    private let loaderThread: BackgroundThread
    private let publisherThread: BackgroundThread
    private let publisher: ScopedPublisher
    private let work: CallQueues
    private let workThreads: [BackgroundThread]
    private var counts = ShardCounts()

    init(_ configuration: CacheConfiguration, registry: MetricsRegistry, log: Log, stop: StopSignal) throws {
        self.configuration = configuration
        self.log = log
        let sqlOrigins = try Self.sqlOrigins(configuration, log)
        let service = try CacheService(configuration, registry, sqlOrigins: sqlOrigins, log: log)
        // Before any other part: another process may have the file.
        diskThreads = try service.openDisk()
        let server = configuration.server
        let entrance = try ScopedEntrance(
            server, scope: .cache, fields: CacheRouter.fields, metrics: registry, log: log)
        let journal = try configuration.writes.map { writes in
            try WriteJournal(
                writes, configuration.kafka, observer: StoreObserver(service: service), registry: registry, log: log,
                rules: { service.rules(of: $0) })
        }
        // The journal has the service already.
        if let journal { service.setFlushFirst { [weak journal] in journal?.flushFirst($0, in: $1) } }
        let loader = OriginLoader(service, journal)
        let main = HTTPCalls(of: "the main API", countMax: RolloutCalls.countMax)
        let rolloutLog = RolloutLog(kafka: configuration.kafka)
        let rollouts =
            try service.hasOrigins
            ? RolloutTail(rolloutLog, service.rollouts, log: log) { journal?.flushAll($0) } : nil
        let shadow = ShadowComparison(
            main, CacheProbe(service: service, loader: loader), RolloutMetrics(registry),
            isQueued: { journal?.unflushed($0, $1) != nil })
        let led = RolloutCalls(service: service, journal: journal, main: main, shadow: shadow)
        let work = CallQueues(countMax: configuration.callsMax)
        let publisher = try ScopedPublisher(
            server, backlogGuard: configuration.publishGuard, replaced: service.metrics.producersReplaced, log: log)
        let isForwarding = configuration.writes?.isForwarding ?? false
        let forwarding = isForwarding ? OwnerForwarding(service.metrics) : nil
        let router = CacheRouter(
            CacheWriter(service: service, journal: journal, loader: loader), loader, led, rolloutLog, work, publisher,
            forwarding: forwarding, entrance: entrance, threads: server.http.threads + CallQueues.threadCount,
            registry: registry
        ) { [sync = service.sync] in
            [
                ("log", sync.fault(.now())), ("writes", journal?.fault), ("rollouts", rollouts?.fault),
                ("cache", stop.phase == .running ? nil : "draining"),
            ]
        }
        var http = server.http
        let marks = server.certificateFiles?.marks ?? []
        http.tls = try server.certificateFiles?.read()
        certificateWatch = server.certificateFiles.map { CertificateWatch($0, marks: marks) }
        http.onMessage = http.onMessage ?? { log.debug("http", ["message": $0]) }
        http.screen = { router.screen(&$0) }
        http.refusal = { router.shapeRefusal(of: $0, $1) }
        CacheMetrics.addGauges(to: registry, service)
        if let disk = service.disk { DiskMetrics.addGauges(to: registry, disk) }
        let tail = try InvalidationTail(configuration, service, log: log)
        let questions = EndQuestions(configuration.kafka, topics: configuration.topics, sync: service.sync)
        self.server = try HTTPServer(http) { router.answerRequest($0, $1) }
        tailThread = try BackgroundThread("cache-tail") { tail.run() }
        questionThread = try BackgroundThread("cache-ends") { try questions.run() }
        self.router = router
        loaderThread = try BackgroundThread("cache-loads") { try loader.run() }
        forwardingThread = try forwarding.map { forwarding in
            try BackgroundThread("cache-forward") { try forwarding.run() }
        }
        self.forwarding = forwarding
        publisherThread = try BackgroundThread("cache-publish") { try publisher.run() }
        workThreads = try work.startThreads()
        rolloutThreads = try rollouts.map { try Self.startThreads($0, main) } ?? []
        (self.main, self.rollouts, self.sqlOrigins) = (main, rollouts, Array(sqlOrigins.values))
        self.work = work
        (self.service, self.entrance, self.tail, self.questions) = (service, entrance, tail, questions)
        (self.loader, self.publisher, self.journal) = (loader, publisher, journal)
    }

    /// Namespaces with the same query share its connections.
    private static func sqlOrigins(
        _ configuration: CacheConfiguration, _ log: Log
    ) throws -> [SQLOriginConfiguration: SQLOrigin] {
        var origins: [SQLOriginConfiguration: SQLOrigin] = [:]
        do {
            for origin in configuration.namespaces.compactMap(\.sqlOrigin) where origins[origin] == nil {
                origins[origin] = try SQLOrigin(origin, log: log)
            }
        } catch {
            for origin in origins.values { origin.close() }
            throw error
        }
        return origins
    }

    private static func startThreads(_ rollouts: RolloutTail, _ main: HTTPCalls) throws -> [BackgroundThread] {
        [
            try BackgroundThread("cache-rollouts") { rollouts.run() },
            try BackgroundThread("cache-main") { try main.run() },
        ]
    }

    /// Says why it cannot do its work; nil while it can.
    var findFault: @Sendable () -> String? {
        { [sync = service.sync, journal, rollouts] in sync.fault(.now()) ?? journal?.fault ?? rollouts?.fault }
    }

    /// - Throws: why one of the threads has ended.
    func throwFailure() throws {
        let threads = [tailThread, questionThread, loaderThread, publisherThread, forwardingThread].compactMap(\.self)
        for thread in threads + rolloutThreads {
            if let failure = thread.failure { throw failure }
        }
        if let failure = journal?.failure { throw failure }
    }

    /// What has to be done once in a while: leases end, counts move on, files are read again.
    func keepTime() {
        journal?.keepTime()
        service.gate.expire(.now())
        for end in service.store.expireFills(.now()) { loader.handle(end) }
        service.mirrors?.expire(.now())
        for name in service.doubtful.due(.now()) { service.forget(name.key, in: name.namespace) }
        for order in service.warmings?.due(service, journal) ?? [] { loader.startLoad(order) }
        let now = service.store.counts
        service.metrics.add(now, since: counts)
        counts = now
        entrance.refresh(log)
        certificateWatch?.refresh(server, log)
    }

    /// Takes no more calls, and ends all threads.
    func end() {
        server.quiesce()
        service.gate.close()
        journal?.end()
        loader.close()
        for origin in sqlOrigins { origin.close() }
        forwarding?.close()
        work.close()
        tail.close()
        questions.close()
        publisher.close()
        rollouts?.close()
        main.close()
        loaderThread.join()
        forwardingThread?.join()
        for thread in workThreads { thread.join() }
        tailThread.join()
        questionThread.join()
        publisherThread.join()
        for thread in rolloutThreads { thread.join() }
        // Behind all that may change the store: those who still wait are answered then.
        service.disk?.close()
        for thread in diskThreads { thread.join() }
        server.stop()
    }
}
