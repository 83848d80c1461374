import Invalidations
import TestSupport
import Testing

/// The core under a test's hand: the test takes records in, answers purges and lets time pass; what goes to Kafka is
/// stored at once, unless the test holds it back.
final class CoreHarness {
    struct Purge {
        var number: PurgeNumber
        var edge: String
        var batch: PurgeBatch
        var at: Int64
    }

    static let start = Timestamp(milliseconds: 1_764_000_000_000)
    static let source = SourcePartition(topic: 1, partition: 0)

    let edges: [EdgeProfile]
    let settings: WorkerSettings
    private(set) var core: WorkerCore
    private(set) var now = Instant(monotonic: 0, wall: start)
    private var random: SeededGenerator

    /// With an edge, in the order in which they were sent.
    private(set) var purges: [Purge] = []
    private(set) var sent: [Purge] = []
    private(set) var retryRecords: [RetryRecord] = []
    private(set) var deadLetters: [DeadLetter] = []
    private(set) var reports: [RequestID: RequestReport] = [:]
    private(set) var reportCounts: [RequestID: Int] = [:]
    /// The most that one event led to.
    private(set) var actionsMax = 0
    private(set) var alerts: [WorkerAlert] = []
    private(set) var commits: [SourcePartition: CommitPoint] = [:]
    private(set) var rereads: [SourcePartition: Int64] = [:]
    /// Edges whose check was asked for and not answered yet.
    private(set) var checks: [String] = []
    private(set) var isDrained = false
    /// Of what the core hands over to be stored, for a test that answers itself.
    private(set) var heldBack: [DeliveryNumber] = []
    var holdsBackRetries = false
    /// Kafka answers reports so, unless they are the last of their request.
    var storesReports = true

    private var offsets: [SourcePartition: Int64] = [:]

    init(
        _ edges: [EdgeProfile] = [EdgeProfile(name: "a")], settings: WorkerSettings = WorkerSettings(),
        assigned: [AssignedPartition]? = nil, seed: UInt64 = 1
    ) {
        self.edges = edges
        self.settings = settings
        random = SeededGenerator(seed: seed)
        core = WorkerCore(edges: edges, settings: settings, random: SeededGenerator(seed: seed &+ 1))
        let partitions = assigned ?? Self.everything()
        for partition in partitions { offsets[partition.source] = partition.next }
        send(.assigned(partitions))
    }

    /// Partition 0 of every topic.
    static func everything(next: Int64 = 0, metadata: String? = nil) -> [AssignedPartition] {
        (0..<8).map { topic in
            let source = SourcePartition(topic: topic, partition: 0)
            return AssignedPartition(source, next: source == Self.source ? next : 0, metadata: metadata)
        }
    }

    // MARK: - What happens

    @discardableResult
    func publish(
        _ selectors: Selectors, namespace: String = "shop", mode: PurgeMode = .hard, topic: Int = 1,
        notBefore: Timestamp? = nil, expiresAt: Timestamp? = nil, cancels: RequestID? = nil
    ) -> RequestID {
        let id = RequestID(at: now.wall, using: &random)
        let invalidation = Invalidation(
            id: id, namespace: Namespace(namespace)!, selectors: selectors, mode: mode, requestedAt: now.wall,
            notBefore: notBefore, expiresAt: expiresAt, cancels: cancels)
        publish(.success(invalidation), from: SourcePartition(topic: topic, partition: 0))
        return id
    }

    @discardableResult
    func publish(tag: String, namespace: String = "shop", mode: PurgeMode = .hard, topic: Int = 1) -> RequestID {
        publish(Selectors(tags: [tag]), namespace: namespace, mode: mode, topic: topic)
    }

    func publish(
        _ content: Result<Invalidation, InvalidationError>, from source: SourcePartition, retry: RetryMetadata? = nil
    ) {
        let offset = offsets[source, default: 0]
        offsets[source] = offset + 1
        send(
            .record(
                IncomingRecord(
                    position: RecordPosition(source: source, offset: offset),
                    original: OriginalRecord(key: Array("key".utf8), value: Array("value".utf8)), content: content,
                    retry: retry)))
    }

    /// Reads a retry record back from its topic.
    func readBack(_ retryRecord: RetryRecord) {
        publish(
            .success(retryRecord.invalidation),
            from: SourcePartition(tier: retryRecord.tier, partition: retryRecord.partition),
            retry: retryRecord.retry)
    }

    /// Of the first purge under way, or the first at that edge.
    func answer(_ edge: String? = nil, _ outcome: PurgeOutcome = .acknowledged, rest: Duration? = nil) {
        guard let index = purges.firstIndex(where: { edge == nil || $0.edge == edge }) else {
            Issue.record("no purge is under way\(edge.map { " at \($0)" } ?? "")")
            return
        }
        let purge = purges.remove(at: index)
        send(.purged(purge.number, outcome, rest: rest))
    }

    func fail(_ failureClass: PurgeFailure.Class, at edge: String? = nil, retryAfter: Duration? = nil) {
        let count = purges.first { edge == nil || $0.edge == edge }?.batch.items.count ?? 1
        let failure = PurgeFailure(failureClass, "no", retryAfter: retryAfter)
        answer(edge, .each(Array(repeating: .failed(failure), count: count)))
    }

    /// Answers the first check under way: with that failure for those kinds of selectors, and well for the others.
    func answerCheck(_ failure: PurgeFailure? = nil, of kinds: SelectorKinds = .all) {
        guard !checks.isEmpty else {
            Issue.record("no check is under way")
            return
        }
        let name = checks.removeFirst()
        guard let edge = edges.firstIndex(where: { $0.name == name }) else { return }
        let taken = [SelectorKinds.tags, .urls, .prefixes, .everything].filter { edges[edge].accepts.contains($0) }
        let answers = taken.map { EdgeCheck.Answer($0, failure: kinds.contains($0) ? failure : nil) }
        send(.checked(edge: edge, EdgeCheck(answers: answers)))
    }

    /// Acknowledges whatever is sent, until nothing is.
    func answerAll() {
        while !purges.isEmpty { answer() }
    }

    /// Time passes, timer by timer.
    func pass(_ duration: Duration) {
        let end = now.monotonic + Int64(duration / .nanoseconds(1))
        while let due = core.nextTimer, due <= end {
            set(max(due, now.monotonic))
            send(.timer)
        }
        set(end)
    }

    func revoke() {
        send(.revoked((0..<8).map { SourcePartition(topic: $0, partition: 0) }))
    }

    func drain() { send(.drain) }

    func send(_ event: WorkerEvent) {
        var actions: [WorkerAction] = []
        core.handle(event, now: now, actions: &actions)
        actionsMax = max(actionsMax, actions.count)
        for action in actions { carryOut(action) }
    }

    // MARK: - What can be seen

    /// The states of a request's edges, by name, as last reported.
    func states(_ id: RequestID) -> [String: EdgeState] {
        Dictionary((reports[id]?.edges ?? []).map { ($0.name, $0.state) }, uniquingKeysWith: max)
    }

    var openRecords: Int { core.openRecords }
    var delayedRecords: Int { core.delayedRecords }
    var edgeFigures: [EdgeFigures] { core.edgeFigures() }

    func capacity(_ source: SourcePartition = CoreHarness.source) -> Int { core.capacity(for: source) }

    private func set(_ monotonic: Int64) {
        now = Instant(monotonic: monotonic, wall: Self.start + monotonic / 1_000_000)
    }

    private func carryOut(_ action: WorkerAction) {
        switch action {
        case .purge(let number, let edge, let batch):
            let purge = Purge(number: number, edge: edges[edge].name, batch: batch, at: now.monotonic)
            purges.append(purge)
            sent.append(purge)
        case .check(let edge): checks.append(edges[edge].name)
        case .writeRetry(let number, let retryRecord):
            retryRecords.append(retryRecord)
            if holdsBackRetries { heldBack.append(number) } else { send(.delivered(number, isStored: true)) }
        case .writeDeadLetter(let number, let deadLetter):
            deadLetters.append(deadLetter)
            send(.delivered(number, isStored: true))
        case .report(let number, let report):
            reports[report.id] = report
            reportCounts[report.id, default: 0] += 1
            let isLast = report.edges.allSatisfy { $0.state != .queued && $0.state != .sending }
            send(.delivered(number, isStored: storesReports || isLast))
        case .commit(let points): commits.merge(points) { $1 }
        case .reread(let source, let offset):
            rereads[source] = offset
            offsets[source] = offset
        case .alert(let alert): alerts.append(alert)
        case .drained: isDrained = true
        }
    }
}

extension WorkerSettings {
    /// The defaults with a change.
    static func with(_ change: (inout WorkerSettings) -> Void) -> WorkerSettings {
        var settings = WorkerSettings()
        change(&settings)
        return settings
    }
}
