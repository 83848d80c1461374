internal import Caches
internal import HTTP
internal import Invalidations

/// Why a call is refused, in the words that its client gets.
struct CallRefusal: Error {
    let status: Int
    let words: String
    var headers: [(String, String)] = []

    init(_ status: Int, _ words: String, headers: [(String, String)] = []) {
        self.status = status
        self.words = words
        self.headers = headers
    }

    static let missingKey = CallRefusal(400, "Missing key parameter")
    static let methodNotAllowed = CallRefusal(405, "Method not allowed")
    static let missing = CallRefusal(404, "Not found")
    static let notAcceptable = CallRefusal(
        406, "Accept-Encoding refuses the value as it is, and zstd and gzip, too: accept one of them")
    static let conditionFailed = CallRefusal(412, "Precondition failed")
    static let keyIsUsed = CallRefusal(422, "The Idempotency-Key was used before, with another write")
    static let leaseVoid = CallRefusal(409, "The lease is void: read the key again")
    static let malformedLease = CallRefusal(400, "Cache-Lease is no lease of this node")
    static let missingValue = CallRefusal(400, "Missing value")
    static let namespaceNotAllowed = CallRefusal(
        400, "namespace must have 1 to 128 characters of A-Z a-z 0-9 . _ : -")
    static let tooManyNamespaces = CallRefusal(
        503, "The cache has too many namespaces", headers: [("Retry-After", "60")])
    static let unsynced = CallRefusal(
        503, "The cache is not in step with the log, so it stores nothing: try again",
        headers: [("Retry-After", "1"), ("Cache-Status", CacheStatus.unsynced)])
    static let behind = CallRefusal(
        503, "The cache has not applied the log up to Cache-After in time: try again",
        headers: [("Retry-After", "1"), ("Cache-Status", CacheStatus.unsynced)])
    static let malformedPosition = CallRefusal(400, "Cache-After is no id of an event of the gateway")
    static let damagedValue = CallRefusal(500, "The value cannot be expanded: write the key again")
    static let restoring = CallRefusal(
        503, "The key has no owner at this moment: try again", headers: [("Retry-After", "1")])

    /// Of an operation in a batch: what is there is said to each key alone.
    static let notHere = CallRefusal(421, "This node does not own the key: ask for it alone")

    /// Of a request that another node has forwarded: it goes no further.
    static let passedOn = CallRefusal(421, "This node does not own the key, and was asked by another one")
    static let ownerIsAway = CallRefusal(
        503, "The node that owns the key does not answer: try again", headers: [("Retry-After", "1")])
    static let ownerIsSilent = CallRefusal(
        503, "The node that owns the key does not answer, and may have stored the write: send it once more",
        headers: [("Retry-After", "1")])

    static let elsewhereStatus = 307

    /// Sends the client to the node that owns the key.
    ///
    /// - Parameter address: its URL; nil where none is known.
    static func elsewhere(_ address: String?, _ request: HTTPRequest) -> CallRefusal {
        guard let address else { return .restoring }
        return CallRefusal(
            elsewhereStatus, "Another node owns the key: \(address)",
            headers: [("Location", address + PeerCalls.target(of: request))])
    }

    static let rolloutsUnknown = CallRefusal(
        503, "The node does not know yet which rollouts are in force: try again", headers: [("Retry-After", "1")])
    static let noQueue = CallRefusal(
        503, "The rollout queues writes of this key, and this node has neither cache.database nor cache.api",
        headers: [("Retry-After", "5")])
    static let draining = CallRefusal(
        503, "An earlier write of the key is not in the database yet: try again", headers: [("Retry-After", "1")])
    static let ledByRollout = CallRefusal(421, "The namespace is in a rollout: ask for the key alone")

    static func noWriteAddress(_ namespace: Namespace) -> CallRefusal {
        CallRefusal(501, "The rollout passes writes of \(namespace) to the main API, whose origin.write is not set")
    }

    static let originFails = CallRefusal(502, "The origin fails, and the cache has nothing to stand in")
    static let overloaded = CallRefusal(503, "The cache loads too much at a time", headers: [("Retry-After", "1")])
    static let tooLarge = CallRefusal(413, "The value is too large for the memory of the cache")
    static let tooManyCalls = CallRefusal(503, "Too many calls wait", headers: [("Retry-After", "1")])
    static let stopping = CallRefusal(
        503, "The cache is stopping", headers: [("Retry-After", "1"), ("Connection", "close")])

    init(_ error: CacheInputError) {
        switch error {
        case .keyIsMissing: self = .missingKey
        case .valueIsTooLarge: self.init(413, error.description)
        case .keyIsTooLong, .tagIsNotAllowed, .tooManyTags, .lifetimeIsNotAllowed: self.init(400, error.description)
        }
    }

    /// A problem document with the same words, whatever the client asks for.
    var problem: HTTPResponse {
        var response = HTTPResponse.problem(status, words)
        response.headers += headers + [("Cache-Control", "no-store"), ("Vary", "Accept")]
        return response
    }

    /// Plain text, or a problem document (RFC 9457) with the same words for clients that ask for JSON.
    func response(to request: HTTPRequest) -> HTTPResponse {
        guard !AcceptedType.isJSON(request) else { return problem }
        var response = HTTPResponse.text(status, words)
        response.headers += headers + [("Cache-Control", "no-store"), ("Vary", "Accept")]
        return response
    }
}
