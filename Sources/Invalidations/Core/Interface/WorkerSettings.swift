/// The bounds and rhythms of a worker's core.
public struct WorkerSettings: Hashable, Sendable {
    /// Attempts in the worker, before a request is deferred.
    public var retry = RetryPolicy()
    /// The delays of the retry topics, in their order, none shorter than the one before. Without any, a request is
    /// given up after the attempts of one retry round.
    public var retryTiers: [Duration] = [.seconds(10), .seconds(60), .seconds(600), .seconds(3600)]
    /// A request older than this is dropped as expired: nobody waits for it any more.
    public var maximumAge = Duration.seconds(7 * 24 * 3600)
    /// Namespaces whose order is kept across retries, too.
    public var strictNamespaces: [NamespacePattern] = []

    /// Deferred requests of strict namespaces, each counted once an edge, whose order a worker keeps in mind: reaching
    /// it stops the reading of the invalidation topics until some of them have ended.
    public var strictDeferredMax = 1_000_000

    /// Records read and not yet finished; reaching it stops the reading.
    public var openRecordsMax = 30_000
    /// Their keys, values and headers in bytes; reaching it stops the reading.
    public var openBytesMax = 64 << 20
    /// Requests that wait in one lane, and the bytes of their selectors: more are deferred.
    public var laneRequestsMax = 4_096
    public var laneBytesMax = 1 << 20
    /// The share of `openRecordsMax` that may wait for one edge: more are deferred.
    public var edgeShare = 0.8
    /// Records of one retry partition that are read ahead of their time, and of all of them together.
    public var delayedMax = 256
    public var delayedInAllMax = 4_096

    /// Offsets from the oldest unfinished record to the newest read: beyond, the oldest is deferred.
    public var blockedOffsetsMax = 10_000
    /// Time that a record may hold back the offsets behind it: then it is deferred.
    public var blockedTimeMax = Duration.seconds(60)

    /// Turns of high, normal and low priority while all of them wait.
    public var priorityWeights = [16, 4, 1]
    public var breaker = BreakerPolicy()
    public var retryBudget = RetryBudgetPolicy()
    public var accounts: [AccountProfile] = []
    /// Partitions of an invalidation topic in all: a worker's share of an edge's limits is its share of them.
    /// Where the assignment says how many there are, that counts.
    public var partitionsInAll = 12
    public var deadLetterGuard = DeadLetterGuardPolicy()
    /// How far the clocks of publishers and workers may be apart.
    public var clockSkew = Duration.seconds(2)

    /// Offsets are committed at least this often while any moved, …
    public var commitInterval = Duration.seconds(1)
    /// … and after this many records finished.
    public var commitEvery = 1_000
    /// A request that takes longer reports that it is on its way, …
    public var firstReportAfter = Duration.milliseconds(500)
    /// … and again, when something is new, not more often than this.
    public var reportInterval = Duration.seconds(5)
    /// Actions that may follow at once from outcomes of purges or from what is due, and reports that are made at once;
    /// the others follow a moment later. An edge that answers for hundreds of requests must not make others wait for
    /// all that comes of it.
    public var actionsAtOnce = 64
    /// What Kafka did not store is handed over again after this pause.
    public var redeliveryPause = Duration.seconds(1)

    public init() {}
}

/// When an edge counts as down, and when it is tried again.
public struct BreakerPolicy: Hashable, Sendable {
    /// Failed batches in a row, …
    public var failuresInRow = 5
    /// … or more than this share of at least `samplesMin` within `window`.
    public var failureShare = 0.5
    public var samplesMin = 20
    public var window = Duration.seconds(10)
    /// The first pause; each failed probe doubles it.
    public var pause = Duration.seconds(1)
    /// An edge that is back is noticed that late at most: a check costs it a call or two.
    public var pauseMax = Duration.seconds(10)

    public init() {}
}

/// How many attempts beyond the first an edge gets in the worker; those beyond it wait on a retry topic.
public struct RetryBudgetPolicy: Hashable, Sendable {
    /// Retries earned by each first attempt.
    public var share = 0.2
    /// Retries a second that need no earning.
    public var perSecond = 10.0

    public init() {}
}

/// When a namespace is not sent to an edge for a while, because all that it got there lately became dead letters.
public struct DeadLetterGuardPolicy: Hashable, Sendable {
    /// Dead letters in a row of the namespace at the edge.
    public var inRow = 1_000
    public var pause = Duration.seconds(60)

    public init() {}
}

/// A provider's account, whose limits several edges share.
public struct AccountProfile: Hashable, Sendable {
    public var name: String
    public var limits: EdgeLimits

    public init(name: String, limits: EdgeLimits) {
        self.name = name
        self.limits = limits
    }
}
