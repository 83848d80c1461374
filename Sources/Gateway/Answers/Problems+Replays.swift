internal import HTTP
internal import Invalidations
internal import Replays

// Refusals of orders, and of questions about runs and dead letters.
extension Problems {
    static let noOperatorToken = problem(
        .noOperatorToken, 403,
        "Dead letters and runs need an operator's token, and this gateway has none: set gateway.operatorToken.",
        title: "No operator's token is configured")

    static let notOperator = problem(
        .operatorTokenNeeded, 403,
        "Dead letters and runs need the operator's token (gateway.operatorToken), not a publisher's.")

    static func refused(_ error: BodyError) -> HTTPResponse {
        problem(
            .invalidField, 422, "\(error.field) \(error.demand).", title: "Invalid \(error.field)",
            extensions: ["field": .string(error.field)])
    }

    static func malformedBody(_ reason: String) -> HTTPResponse {
        problem(.malformedJSON, 400, "The body is no JSON document: \(reason).", title: "Malformed JSON")
    }

    static let invalidOperator = problem(
        .invalidOperator, 400, "\(OperatorName.header) has 1 to \(OperatorName.bytesMax) printable ASCII characters.")

    static let tooManyJobs = unavailable(
        .overloaded,
        "Too many orders and questions wait for Kafka. Nothing was ordered; trying again is safe.", retryAfter: 2)

    static let tooManyQuestions = unavailable(
        .overloaded, "Too many questions wait for the status view. Trying again is safe.", retryAfter: 2)

    static func notOrdered(_ reason: String) -> HTTPResponse {
        unavailable(
            .kafkaUnavailable,
            "Kafka has not taken the order: \(reason). Trying again with the same Idempotency-Key is safe.",
            retryAfter: 5)
    }

    static func notReadable(_ reason: String) -> HTTPResponse {
        unavailable(.kafkaUnavailable, "Kafka has not given the dead letter: \(reason).", retryAfter: 5)
    }

    static func notReachable(_ gone: String) -> HTTPResponse {
        problem(
            .notInLog, 409,
            "The log does not reach back to contentFrom: \(gone). Purge everything of the namespaces in place of a "
                + "replay.", title: "Not in the log any more")
    }

    static func unknownRun(_ id: String) -> HTTPResponse {
        problem(
            .unknownRun, 404, "No run has the id \(id.prefix(64)), or it is no longer kept.", title: "Unknown run")
    }

    static func runNotInView(_ id: String) -> HTTPResponse {
        problem(
            .runNotKnownYet, 409, "The view does not know the run \(id.prefix(64)) yet. Ask again in a moment.",
            title: "Run not known yet", extensions: ["run": .string(String(id.prefix(64)))]
        ).with("Retry-After", "1")
    }

    static func runIsOver(_ id: String, _ phase: RunState.Phase) -> HTTPResponse {
        problem(
            .runIsOver, 409, "The run \(id) is \(phase.rawValue), and cannot become what was asked for.",
            title: "Run cannot be changed", extensions: ["run": .string(id), "phase": .string(phase.rawValue)])
    }

    static func countDiffers(_ id: String, _ expected: Int64, _ found: Int64) -> HTTPResponse {
        problem(
            .countDiffers, 409,
            "\(found) records match, not \(expected); nothing was done. Look again, and send the new number along.",
            title: "Another number matches",
            extensions: ["run": .string(id), "expected": .integer(expected), "found": .integer(found)])
    }

    static func unknownDeadLetter(_ name: DeadLetterName) -> HTTPResponse {
        problem(
            .unknownDeadLetter, 404,
            "There is no dead letter \(name.partition)/\(name.offset) in the log, or it is no longer kept.",
            title: "Unknown dead letter")
    }

    static let malformedDeadLetter = problem(
        .malformedDeadLetter, 400, "A dead letter is PARTITION/OFFSET, as lists show it.",
        title: "Malformed dead letter")
}
