internal import HTTP
internal import Invalidations

/// The gateway's refusals, each as the problem document that its client gets.
enum Problems {
    static func refused(_ error: InvalidationError) -> HTTPResponse {
        switch error.reason {
        case .malformed:
            problem(.malformedJSON, 400, "The body \(error.message).", title: "Malformed JSON")
        case .nothingSelected:
            problem(.nothingSelected, 400, error.message, title: "Missing tags or urls")
        case .invalidField(let field):
            problem(
                .invalidField, 422, error.message, title: "Invalid \(field)", extensions: ["field": .string(field)])
        }
    }

    static func unsupportedType(_ type: String) -> HTTPResponse {
        problem(
            .unsupportedType, 415,
            "The body must be JSON: send Content-Type: application/json, not \(type.prefix(100))."
        )
        .with("Accept", "application/json")
    }

    static func unsupportedCoding(_ coding: String) -> HTTPResponse {
        problem(
            .unsupportedCoding, 415,
            "The body must be sent as it is: leave out Content-Encoding: \(coding.prefix(100))."
        )
        .with("Accept-Encoding", "identity")
    }

    static let tooLarge = problem(
        .requestTooLarge, 413, "The request is larger than the \(Limits.recordBytes) bytes of a record; split it.")

    static let invalidIdempotencyKey = problem(
        .invalidIdempotencyKey, 400,
        "An Idempotency-Key has 1 to \(KeyOnRecord.bytesMax) printable ASCII characters.")

    static let keyUnderWay = problem(
        .requestUnderWay, 409,
        "The first request with this Idempotency-Key or id has no answer yet. Ask again in a moment.",
        title: "Request under way"
    ).with("Retry-After", "1")

    static let keyOfOtherBody = problem(
        .idempotencyKeyUsed, 422,
        "This Idempotency-Key or id was used with another body. Use a new one for a new request.",
        title: "Idempotency-Key used before")

    static func unserved(_ namespace: Namespace, served: [String]) -> HTTPResponse {
        let shown = served.prefix(20).joined(separator: ", ") + (served.count > 20 ? " …" : "")
        return problem(
            .unservedNamespace, 422,
            "No edge of this gateway serves the namespace \(namespace). Served are: \(shown).",
            title: "Unserved namespace",
            extensions: ["field": .string("namespace"), "served": .strings(Array(served.prefix(100)))])
    }

    static func unservedKinds(_ kinds: SelectorKinds, of namespace: Namespace, taken: SelectorKinds) -> HTTPResponse {
        problem(
            .unservedSelectors, 422,
            "No edge of the namespace \(namespace) can purge \(kinds.names); publish \(taken.names) for it.",
            title: "Nothing to purge with")
    }

    static let noEdges = unavailable(
        .noEdges,
        "This gateway has no edges in its configuration, so nothing could be purged. Nothing was published.",
        retryAfter: 60)

    static func unknownCancelled(_ id: RequestID, in namespace: Namespace) -> HTTPResponse {
        problem(
            .unknownRequest, 404,
            "No request of the namespace \(namespace) has the id \(id), or it is no longer kept: there is nothing "
                + "to cancel.", title: "Unknown request")
    }

    static func endedAlready(_ id: RequestID, _ status: RequestStatus) -> HTTPResponse {
        problem(
            .endedAlready, 409,
            "The request \(id) has ended as \(status.rawValue): there is nothing left to cancel.",
            title: "Ended already",
            extensions: ["id": .string(id.text), "requestStatus": .string(status.rawValue)])
    }

    static let queueFull = unavailable(
        .overloaded,
        "Too many requests are on their way into Kafka. Nothing was published; trying again is safe.",
        retryAfter: 1)

    static let backlogFull = unavailable(
        .overloaded,
        "The embedded broker is full of requests that no worker has finished. Nothing was published; "
            + "trying again is safe.", retryAfter: 1)

    static let stopping = unavailable(
        .stopping,
        "This gateway is stopping. Nothing was published; trying again is safe.", retryAfter: 1
    ).with("Connection", "close")

    static func notSent(_ reason: String) -> HTTPResponse {
        unavailable(
            .kafkaUnavailable, "Kafka does not take the request: \(reason). Trying again is safe.", retryAfter: 5)
    }

    /// The request may or may not be in Kafka.
    static func notAcknowledged(_ reason: String) -> HTTPResponse {
        unavailable(
            .notAcknowledged,
            "Kafka has not acknowledged the request: \(reason). It may have been published or not; trying again is "
                + "safe, because a cache that forgets twice is no staler.", retryAfter: 5)
    }

    static let notConnected = unavailable(
        .kafkaUnavailable,
        "There is no connection to Kafka yet. Nothing was published; trying again is safe.", retryAfter: 2)

    static func viewUnavailable(_ reason: String) -> HTTPResponse {
        unavailable(.viewUnavailable, "The status view cannot be read: \(reason).", retryAfter: 2)
    }

    static let tooManyWaiting = unavailable(
        .overloaded,
        "Too many requests wait for a status. Ask without wait, or again later.", retryAfter: 5)

    static let tooManyStreams = unavailable(
        .overloaded,
        "Too many live streams are open, in all or of this client. Close some, or connect again later.", retryAfter: 10)

    static func unknownRequest(_ id: RequestID) -> HTTPResponse {
        problem(
            .unknownRequest, 404, "No request has the id \(id.text), or it is no longer kept.", title: "Unknown request"
        )
    }

    /// For an id that does not tell its time.
    static let malformedID = problem(
        .malformedID, 400, "A request's id is a UUID in its usual form of 36 characters.", title: "Malformed id")

    static func invalidParameter(_ name: String, _ demand: String) -> HTTPResponse {
        problem(
            .invalidParameter, 400, "\(name) must be \(demand).", title: "Invalid \(name)",
            extensions: ["parameter": .string(name)])
    }

    static func unknownParameter(_ name: String, known: [String]) -> HTTPResponse {
        let hint =
            known.isEmpty
            ? "none is known here; the body says it all" : "known here are \(known.joined(separator: ", "))"
        return problem(
            .unknownParameter, 400, "There is no query parameter \(name.prefix(64)); \(hint).",
            title: "Unknown parameter", extensions: ["parameter": .string(String(name.prefix(64)))])
    }

    static func notFound(_ path: String) -> HTTPResponse {
        problem(.notFound, 404, "Nothing is served at \(path).")
    }

    /// - Parameter allowed: the methods that the path knows; they go into `Allow` as well.
    static func methodNotAllowed(_ method: String, allowed: [String]) -> HTTPResponse {
        let list = allowed.joined(separator: ", ")
        return problem(.methodNotAllowed, 405, "\(method) is not served here; use \(list).").with("Allow", list)
    }

    static let emptyBatch = problem(
        .emptyBatch, 400, "The batch has no items: send an array of requests, or one request a line.",
        title: "Empty batch")

    static let batchTooLarge = problem(
        .batchTooLarge, 413, "A batch has at most \(BatchReader.countMax) items. Nothing was published; split it.",
        title: "Too many items")

    static func unavailable(_ type: ProblemType, _ detail: String, retryAfter seconds: Int) -> HTTPResponse {
        problem(type, 503, detail).with("Retry-After", "\(seconds)")
    }
}
