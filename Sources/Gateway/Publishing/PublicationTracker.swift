internal import HTTP
internal import Invalidations
internal import Runtime

/// Answers the request that waits for it; called once.
typealias Answer = @Sendable (HTTPResponse) -> Void

/// A request on its way into Kafka: first its invalidation, then the snapshot that says it is queued.
struct Publication: Sendable {
    enum Stage {
        case invalidation
        case progress
    }

    let request: PublishedRequest
    let topic: String
    let idempotencyKey: IdempotencyKey?
    /// The first snapshot, kept until the invalidation is acknowledged.
    let progress: [UInt8]
    let invalidationBytes: Int
    let progressBytes: Int
    let since: MonotonicTime
    let form: AcceptedForm
    var stage = Stage.invalidation
    /// Nil once the client has its answer.
    var answer: Answer?

    /// What it takes up of the log.
    var bytes: Int { invalidationBytes + progressBytes }
}

/// All that is on its way, and what is remembered of what has arrived. Decides; does no I/O.
///
/// A publication stays until Kafka has said what became of it, also when its client was answered before, so the
/// bound on their number holds whatever Kafka does.
struct PublicationTracker {
    enum Admission {
        case admitted(token: UInt64)
        case full
        case closed
        case underWay
        case otherBody
        case repeated(PublishedRequest)
    }

    enum Acknowledgement {
        /// The invalidation is stored: its first snapshot comes next.
        case publishProgress(Publication)
        /// Both are stored.
        case done(Publication)
        /// The invalidation is stored, after its client was told that it is not. Its worker reports on it.
        case late(Publication)
        case unknown
    }

    private let countMax: Int
    private var publications: [UInt64: Publication] = [:]
    private var nextToken: UInt64 = 0
    private var isOpen = true
    private var idempotency: IdempotencyTable
    private var recent: BoundedTable<RequestID, PublishedRequest>

    init(countMax: Int, recentMax: Int, idempotency: IdempotencyTable) {
        self.countMax = countMax
        self.idempotency = idempotency
        recent = BoundedTable(capacity: recentMax)
    }

    var count: Int { publications.count }

    /// What this gateway has handed out lately.
    func published(_ id: RequestID) -> PublishedRequest? { recent[id] }

    func remembers(_ key: IdempotencyKey) -> Bool { idempotency.remembers(key, now: .now()) }

    mutating func admit(_ publication: Publication, digest: BodyDigest) -> Admission {
        guard isOpen else { return .closed }
        if let key = publication.idempotencyKey {
            // Before the bound: the answer to what is published already needs no capacity.
            switch idempotency.decide(key, digest, id: publication.request.id, now: publication.since) {
            case .new: break
            case .underWay: return .underWay
            case .otherBody: return .otherBody
            case .repeated(let answer): return .repeated(answer)
            }
        }
        guard publications.count < countMax else {
            forgetKey(of: publication)
            return .full
        }
        let token = nextToken
        nextToken &+= 1
        publications[token] = publication
        return .admitted(token: token)
    }

    /// Kafka has acknowledged the record of that publication which was sent last.
    mutating func acknowledged(_ token: UInt64) -> Acknowledgement {
        guard var publication = publications[token] else { return .unknown }
        switch publication.stage {
        case .invalidation where publication.answer == nil:
            publications[token] = nil
            return .late(publication)
        case .invalidation:
            publication.stage = .progress
            publications[token] = publication
            return .publishProgress(publication)
        case .progress:
            publications[token] = nil
            // Remembered also when the client has gone: it may know the id from nowhere, but nothing is lost by it.
            recent.insert(publication.request.id, publication.request)
            if let key = publication.idempotencyKey { idempotency.complete(key, publication.request) }
            return .done(publication)
        }
    }

    /// The record that was sent last will not be stored, or may not be.
    mutating func failed(_ token: UInt64) -> Publication? {
        guard let publication = publications.removeValue(forKey: token) else { return nil }
        forgetKey(of: publication)
        return publication
    }

    /// The answers of those who have waited since `time` or longer; they are answered no more by anything else.
    mutating func overdue(since time: MonotonicTime) -> [Answer] {
        var answers: [Answer] = []
        for (token, publication) in publications where publication.since <= time {
            guard let answer = publication.answer else { continue }
            answers.append(answer)
            publications[token]?.answer = nil
            forgetKey(of: publication)
        }
        return answers
    }

    /// Takes no more publications.
    mutating func close() { isOpen = false }

    private mutating func forgetKey(of publication: Publication) {
        if let key = publication.idempotencyKey { idempotency.forget(key, id: publication.request.id) }
    }
}
