internal import HTTP
internal import Invalidations

/// The gateway's refusals, each as the problem document that its client gets.
enum Problems {
    static func refused(_ error: InvalidationError) -> HTTPResponse {
        switch error.reason {
        case .malformed:
            .problem(400, "The body \(error.message).", title: "Malformed JSON")
        case .nothingSelected:
            .problem(400, error.message, title: "Missing tags or urls")
        case .invalidField(let field):
            .problem(
                ProblemDocument(
                    status: 422, title: "Invalid \(field)", detail: error.message,
                    extensions: ["field": .string(field)]))
        }
    }

    static let unauthorised = HTTPResponse.problem(401, "A bearer token of this gateway is needed.")
        .with("WWW-Authenticate", "Bearer realm=\"cachesync\"")

    static func unsupportedType(_ type: String) -> HTTPResponse {
        .problem(415, "The body must be JSON: send Content-Type: application/json, not \(type.prefix(100)).")
            .with("Accept", "application/json")
    }

    static let tooLarge = HTTPResponse.problem(
        413, "The request is larger than the \(Limits.recordBytes) bytes of a record; split it.")

    static let invalidIdempotencyKey = HTTPResponse.problem(
        400, "An Idempotency-Key has 1 to \(IdempotencyKey.bytesMax) printable ASCII characters.")

    static let keyUnderWay = HTTPResponse.problem(
        409, "The first request with this Idempotency-Key has no answer yet. Ask again in a moment.",
        title: "Request under way"
    ).with("Retry-After", "1")

    static let keyOfOtherBody = HTTPResponse.problem(
        422, "This Idempotency-Key was used with another body. Use a new key for a new request.",
        title: "Idempotency-Key used before")

    static let queueFull = unavailable(
        "Too many requests are on their way into Kafka. Nothing was published; trying again is safe.",
        retryAfter: 1)

    static let backlogFull = unavailable(
        "The embedded broker is full of requests that no worker has finished. Nothing was published; "
            + "trying again is safe.", retryAfter: 1)

    static let stopping = unavailable(
        "This gateway is stopping. Nothing was published; trying again is safe.", retryAfter: 1
    ).with("Connection", "close")

    static func notSent(_ reason: String) -> HTTPResponse {
        unavailable("Kafka does not take the request: \(reason). Trying again is safe.", retryAfter: 5)
    }

    /// The request may or may not be in Kafka.
    static func notAcknowledged(_ reason: String) -> HTTPResponse {
        unavailable(
            "Kafka has not acknowledged the request: \(reason). It may have been published or not; trying again is "
                + "safe, because a cache that forgets twice is no staler.", retryAfter: 5)
    }

    static let notConnected = unavailable(
        "There is no connection to Kafka yet. Nothing was published; trying again is safe.", retryAfter: 2)

    static func viewUnavailable(_ reason: String) -> HTTPResponse {
        unavailable("The status view cannot be read: \(reason).", retryAfter: 2)
    }

    static let tooManyWaiting = unavailable(
        "Too many requests wait for a status. Ask without wait, or again later.", retryAfter: 5)

    static func unknownRequest(_ id: RequestID) -> HTTPResponse {
        .problem(404, "No request has the id \(id.text), or it is no longer kept.", title: "Unknown request")
    }

    static let malformedID = HTTPResponse.problem(
        400, "A request's id is a UUID in its usual form of 36 characters.", title: "Malformed id")

    static func invalidParameter(_ name: String, _ demand: String) -> HTTPResponse {
        .problem(
            ProblemDocument(
                status: 400, title: "Invalid \(name)", detail: "\(name) must be \(demand).",
                extensions: ["parameter": .string(name)]))
    }

    private static func unavailable(_ detail: String, retryAfter seconds: Int) -> HTTPResponse {
        .problem(503, detail).with("Retry-After", "\(seconds)")
    }
}
