internal import HTTP
internal import Invalidations
internal import Runtime

/// Answers the request that waits for it; called once.
typealias Answer = @Sendable (HTTPResponse) -> Void

/// A request on its way into Kafka.
struct Publication: Sendable {
    /// What is known of it until a view knows more.
    let record: StatusRecord
    let topic: String
    let key: KeyedBody?
    /// What it takes up of the log.
    let bytes: Int
    let since: MonotonicTime
    let form: AcceptedForm
    /// Nil once the client has its answer.
    var answer: Answer?
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
        case repeated(StatusRecord)
    }

    private let countMax: Int
    private var publications: [UInt64: Publication] = [:]
    private var nextToken: UInt64 = 0
    private var isOpen = true
    private var idempotency: IdempotencyTable

    init(countMax: Int, idempotency: IdempotencyTable) {
        self.countMax = countMax
        self.idempotency = idempotency
    }

    var count: Int { publications.count }

    func remembers(_ key: IdempotencyKey) -> Bool { idempotency.remembers(key, now: .now()) }

    mutating func admit(_ publication: Publication) -> Admission {
        guard isOpen else { return .closed }
        if let keyed = publication.key {
            // Before the bound: the answer to what is published already needs no capacity.
            switch idempotency.decide(
                keyed.key, keyed.digest, id: publication.record.id, now: publication.since)
            {
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

    /// Kafka has stored the record.
    ///
    /// - Returns: the publication; without an answer where its client was told before that it is not stored.
    mutating func acknowledged(_ token: UInt64) -> Publication? {
        guard let publication = publications.removeValue(forKey: token) else { return nil }
        if let key = publication.key?.key { idempotency.complete(key, publication.record) }
        return publication
    }

    /// The record will not be stored, or may not be.
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
        if let key = publication.key?.key { idempotency.forget(key, id: publication.record.id) }
    }
}
