internal import Basics
internal import HTTP
internal import Invalidations
internal import Kafka
internal import Runtime

/// What the thread of the streams does: reads the log while somebody listens, and hands out what it says.
final class StreamLoop {
    static let tick = Duration.seconds(1)
    /// A log that nobody listens to is not read. Who comes back soon finds it as it was.
    private static let idleMax = Duration.seconds(60)
    /// So soon after its start a gateway may be behind another one whose client it gets.
    private static let aheadMax = Duration.seconds(2)
    private static let recordsMax = 2_000
    /// How long a client waits for the beginning of its answer while the log can't be read.
    private static let openingMax = Duration.seconds(5)
    private static let layoutsMax = 8

    private let kafka: KafkaConfiguration
    private let topics: GatewayConfiguration.Topics
    private let follower: StreamFollower
    private let metrics: StreamMetrics
    private let wake: WakePipe
    private let log: Log
    private let beginAnswer: (StreamOpening) -> HTTPStream?
    /// Not opened: the log is not read yet.
    private var openings: [StreamOpening] = []
    private var refusals: ThrottledLog
    private var table = StreamTable()
    private var feed: EventFeed?
    /// Of the log as it was and is, the latest last.
    private var layouts: [PositionLayout] = []
    private var backoff = Backoff(first: .milliseconds(200), longest: .seconds(10))
    private var nextTry = MonotonicTime.now()
    private var lastListener = MonotonicTime.now()
    private var ticks: UInt64 = 0

    /// - Parameter beginAnswer: nil where the client is gone.
    init(
        _ configuration: GatewayConfiguration, follower: StreamFollower, metrics: StreamMetrics, log: Log,
        beginAnswer: @escaping (StreamOpening) -> HTTPStream?
    ) throws {
        kafka = configuration.kafka
        topics = configuration.topics
        self.follower = follower
        self.metrics = metrics
        self.log = log
        self.beginAnswer = beginAnswer
        refusals = ThrottledLog(log)
        wake = try WakePipe()
    }

    /// Readable when the log has news.
    var descriptor: Int32 { wake.readDescriptor }

    func handle(_ messages: [StreamHub.Message]) {
        for message in messages {
            switch message {
            case .ordered(let opening): openings.append(opening)
            case .drained(let key): if let subscriber = table[key] { resume(subscriber) }
            case .closed(let key): table.remove(key)
            case .counted(let counts): grow(counts)
            }
        }
        startFeed(.now())
        openStreams()
    }

    /// Takes what the log has, a bounded number of records.
    func readLog() {
        // First the pipe, then the records: what comes in between wakes again.
        wake.drain()
        guard let feed else { return }
        let wasReady = feed.isReady
        do {
            if try !feed.read(max: Self.recordsMax, { handOut($0, of: feed) }) { wake.wake() }
        } catch {
            return loseFeed("\(error)")
        }
        guard feed.isReady, !wasReady else { return }
        backoff.reset()
        for subscriber in table.all { begin(subscriber, feed) }
        openStreams()
    }

    /// What is to be done once a second.
    func keepTime() {
        ticks += 1
        let now = MonotonicTime.now()
        if isListenedTo { lastListener = now }
        for subscriber in table.slot(ticks) { beat(subscriber, now) }
        if feed != nil, now - lastListener > Self.idleMax { closeFeed() }
        startFeed(now)
        openStreams()
        // Some news may come without a wake.
        readLog()
        metrics.ringBytes.set(feed?.ring.bytes ?? 0)
        metrics.lag.set(Int(feed?.lag ?? 0))
        guard let feed, feed.isReady else { return }
        let delivery = StreamDelivery(feed: feed)
        for subscriber in table.ahead where now - subscriber.openedAt > Self.aheadMax {
            guard delivery.isBeyondLog(subscriber) else { continue }
            settle(subscriber, delivery.reset(subscriber, "the log is another one than before"))
        }
    }

    /// Ends all streams and the reading.
    ///
    /// - Returns: what was not opened.
    func close() -> [StreamOpening] {
        for subscriber in table.all { subscriber.finish() }
        table = StreamTable()
        closeFeed()
        defer { openings = [] }
        return openings
    }

    private var isListenedTo: Bool { !table.isEmpty || !openings.isEmpty }

    // MARK: The log

    private func startFeed(_ now: MonotonicTime) {
        guard feed == nil, isListenedTo, now >= nextTry else { return }
        do {
            let made = try EventFeed(kafka, topics, earlier: layouts, wake: wake, log: log)
            feed = made
            guard made.layout != layouts.last else { return }
            layouts = (layouts + [made.layout]).suffix(Self.layoutsMax)
        } catch {
            loseFeed("\(error)")
        }
    }

    private func closeFeed() {
        feed?.close()
        feed = nil
    }

    /// Reads the log anew where it has more partitions than are read. Clients go on where they are.
    private func grow(_ counts: [String: Int]) {
        guard let feed, feed.isReady, feed.layout.isOutgrown(by: counts) else { return }
        log.info("topics have more partitions, which live streams read from now on", [:])
        let delivery = StreamDelivery(feed: feed)
        for subscriber in table.all { delivery.keepPosition(subscriber) }
        closeFeed()
    }

    /// What happens until the next feed begins is missed by all.
    private func loseFeed(_ reason: String) {
        nextTry = .now() + backoff.next()
        refusals.warning("live streams can't read the log, and begin anew", ["error": reason])
        closeFeed()
        for subscriber in table.all {
            if case .waiting = subscriber.state { continue }
            (subscriber.state, subscriber.hasMissed) = (.waiting, true)
            if subscriber.followed != nil { end(subscriber) }
        }
    }

    // MARK: Streams

    /// Opens what waits: all once the log is read, and what has waited for long in any case.
    private func openStreams() {
        guard !openings.isEmpty else { return }
        let ready = feed.flatMap { $0.isReady ? $0 : nil }
        let now = MonotonicTime.now()
        let due = openings.filter { ready != nil || now - $0.orderedAt >= Self.openingMax }
        guard !due.isEmpty else { return }
        openings.removeAll { ready != nil || now - $0.orderedAt >= Self.openingMax }
        for opening in due {
            guard let stream = beginAnswer(opening) else { continue }
            let subscriber = StreamSubscriber(opening.key, stream, opening.order)
            table.add(subscriber)
            // Without a log nobody knows what it misses.
            if let ready { begin(subscriber, ready) } else { subscriber.hasMissed = true }
        }
    }

    private func begin(_ subscriber: StreamSubscriber, _ feed: EventFeed) {
        guard subscriber.followed == nil else {
            return told(subscriber, follower.begin(subscriber, feed.statuses))
        }
        settle(subscriber, StreamDelivery(feed: feed).begin(subscriber))
    }

    private func resume(_ subscriber: StreamSubscriber) {
        guard let feed, feed.isReady else { return }
        guard subscriber.followed == nil else {
            return subscriber.hasMissed ? told(subscriber, follower.tellStatus(subscriber)) : ()
        }
        settle(subscriber, StreamDelivery(feed: feed).resume(subscriber))
    }

    private func handOut(_ news: EventFeed.Delivery, of feed: EventFeed) {
        for subscriber in table.followers(of: news.news.id) {
            told(subscriber, follower.follow(subscriber, news.news, at: news.at))
        }
        guard let entry = news.entry else { return }
        let listeners = table.listeners(to: entry.event.identity.namespace)
        guard !listeners.isEmpty else { return }
        let delivery = StreamDelivery(feed: feed)
        let bytes = StreamEvent.idLine(feed.id) + entry.event.body
        for subscriber in listeners {
            settle(subscriber, delivery.deliver(entry, news.number, bytes, to: subscriber))
        }
    }

    private func beat(_ subscriber: StreamSubscriber, _ now: MonotonicTime) {
        guard let grant = subscriber.order.renewGrant(), subscriber.isGranted(by: grant) else {
            return end(subscriber)
        }
        subscriber.grant = grant
        if subscriber.followed != nil, now - subscriber.openedAt > StreamFollower.lifetime { return end(subscriber) }
        let offer: HTTPStream.Offer
        if let feed, feed.isReady {
            let delivery = StreamDelivery(feed: feed)
            if case .behind(let next, _) = subscriber.state, next < feed.ring.first { return drop(subscriber) }
            offer = delivery.beat(subscriber)
        } else {
            offer = subscriber.stream.offer(Array(":\n\n".utf8))
        }
        if subscriber.isStalled(afterBeat: offer) { drop(subscriber) }
    }

    private func settle(_ subscriber: StreamSubscriber, _ outcome: StreamDelivery.Outcome) {
        switch outcome {
        case .sent(let count): metrics.sent.increment(by: UInt64(count))
        case .reset: metrics.resets.increment()
        case .lost: drop(subscriber)
        }
    }

    private func told(_ subscriber: StreamSubscriber, _ count: Int) {
        metrics.sent.increment(by: UInt64(count))
        if let followed = subscriber.followed, followed.hasEnded, !subscriber.hasMissed { table.remove(subscriber.key) }
    }

    private func end(_ subscriber: StreamSubscriber) {
        subscriber.finish()
        table.remove(subscriber.key)
    }

    /// The client is told, if its buffer has the capacity.
    private func drop(_ subscriber: StreamSubscriber) {
        metrics.dropped.increment()
        let reason = EventDocument.notice("the client reads too slowly: connect again")
        _ = subscriber.stream.offer(StreamEvent.lines(.slow, data: reason))
        end(subscriber)
    }
}
