internal import Invalidations

/// What is true of one publication, whatever anybody believes.
final class RequestOracle {
    let number: Int
    let publication: Publication
    /// Nil for rubbish.
    let invalidation: Invalidation?
    /// Nothing else names what it names, so that a purge tells whose it is.
    let isDistinct: Bool
    let isStrict: Bool
    /// When it was made, in true time: a purge that started later is good enough.
    let madeAt: SimulatedTime
    /// Nil for the publisher's own try.
    let replay: Replay?
    /// The edges that have to forget, by their places.
    let targets: [Int]
    /// The parts that must end: a replay may be for a second purge alone.
    let endingParts: [Int]
    /// Another try of it was asked for: purges of that one name the same.
    var isReplayed = false
    /// Parts that a later try was asked for: the status tells of that one.
    var superseded: Set<Int> = []
    /// By edge and step, see `Oracle.part`.
    var parts: [PartOracle]

    /// On its invalidation topic; more than one where an acknowledgement was lost.
    var records: [LogRecord] = []
    /// Copies of it on retry topics.
    var retryRecords: [LogRecord] = []
    /// A request to call it off was stored.
    var cancelStoredAt: SimulatedTime?
    /// Retention took one of its records: nothing is promised for it any more.
    var isExcused = false
    var isReported = false
    /// A dead letter for the request as a whole was stored.
    var isDeadLetterStored = false

    init(_ publication: Publication, isDistinct: Bool, isStrict: Bool, targets: [Int], edges: Int) {
        number = publication.number
        self.publication = publication
        invalidation = publication.invalidation
        self.isDistinct = isDistinct
        self.isStrict = isStrict
        madeAt = publication.time
        replay = nil
        self.targets = targets
        endingParts = targets.map { Oracle.part($0, .first) }
        parts = Array(repeating: PartOracle(), count: edges * 2)
    }

    /// A later try of the same request.
    init(replaying earlier: RequestOracle, _ replay: Replay, number: Int, parts replayed: [Int], edges: Int) {
        self.number = number
        publication = earlier.publication
        invalidation = earlier.invalidation
        self.replay = replay
        // The earlier try's purges name the same.
        isDistinct = false
        isStrict = false
        madeAt = earlier.madeAt
        cancelStoredAt = earlier.cancelStoredAt
        targets = Set(replayed.map { $0 / 2 }).sorted()
        endingParts = replayed
        parts = Array(repeating: PartOracle(), count: edges * 2)
    }

    var attempt: RequestAttempt? { invalidation.map { RequestAttempt($0.id, replay) } }
    var name: String { "r\(number)" }
    var isCancel: Bool { invalidation?.cancels != nil }
    var isStored: Bool { !records.isEmpty }
}

/// One edge's part of a request, or that of its second purge.
struct PartOracle {
    /// When a worker first heard that its own selectors were purged; known of distinct requests alone.
    var firstAcknowledgedAt: SimulatedTime?
    /// Failures that count as attempts; known of distinct requests alone.
    var countedFailures = 0
    /// Failures of any kind.
    var failures = 0
    /// The edge refused it when it was asked for it alone.
    var wasRefusedAlone = false
    var wasSent = false
    /// A worker decided that it is given up.
    var isDeadLetterMade = false
    var isDeadLetterStored = false
    /// What the stored reports say, taken together.
    var state: EdgeState?
    /// Of the last retry record that was stored, in the order of the log.
    var retrySequence = -1
    /// A success was reported, and it was checked.
    var isSuccessProved = false
}
