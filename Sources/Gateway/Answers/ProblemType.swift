internal import HTTP

/// Kinds of problems that the gateway answers with, each with a page of its own.
enum ProblemType: String, CaseIterable {
    case malformedJSON = "malformed-json"
    case nothingSelected = "nothing-selected"
    case invalidField = "invalid-field"
    case emptyBatch = "empty-batch"
    case batchTooLarge = "batch-too-large"
    case requestTooLarge = "request-too-large"
    case unsupportedType = "unsupported-type"
    case unsupportedCoding = "unsupported-coding"
    case invalidIdempotencyKey = "invalid-idempotency-key"
    case requestUnderWay = "request-under-way"
    case idempotencyKeyUsed = "idempotency-key-used"
    case unservedNamespace = "unserved-namespace"
    case unservedSelectors = "unserved-selectors"
    case foreignHost = "foreign-host"
    case noEdges = "no-edges"
    case endedAlready = "ended-already"
    case tokenNeeded = "token-needed"
    case scopeNeeded = "scope-needed"
    case namespaceNotGranted = "namespace-not-granted"
    case namespaceNeeded = "namespace-needed"
    case hostNotGranted = "host-not-granted"
    case foreignOrigin = "foreign-origin"
    case unknownHost = "unknown-host"
    case tooManyRequests = "too-many-requests"
    case noOperatorToken = "no-operator-token"
    case invalidOperator = "invalid-operator"
    case overloaded = "overloaded"
    case stopping = "stopping"
    case kafkaUnavailable = "kafka-unavailable"
    case notAcknowledged = "not-acknowledged"
    case viewUnavailable = "view-unavailable"
    case unknownRequest = "unknown-request"
    case malformedID = "malformed-id"
    case invalidParameter = "invalid-parameter"
    case unknownParameter = "unknown-parameter"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case unknownRun = "unknown-run"
    case runNotKnownYet = "run-not-known-yet"
    case runIsOver = "run-is-over"
    case countDiffers = "count-differs"
    case notInLog = "not-in-log"
    case unknownDeadLetter = "unknown-dead-letter"
    case malformedDeadLetter = "malformed-dead-letter"
    case malformedRequest = "malformed-request"
    case targetTooLong = "target-too-long"
    case headersTooLarge = "headers-too-large"
    case unsupportedTransfer = "unsupported-transfer"
    case internalFault = "internal-fault"

    static let path = "/problems/"

    /// Relative to the gateway.
    var address: String { Self.path + rawValue }

    /// What the HTTP server refuses of itself, before a route is found.
    static func ofServer(status: Int) -> ProblemType {
        switch status {
        case 413: .requestTooLarge
        case 414: .targetTooLong
        case 431: .headersTooLarge
        case 501: .unsupportedTransfer
        // It has no capacity, or will soon have none.
        case 503: .overloaded
        case 400..<500: .malformedRequest
        default: .internalFault
        }
    }
}

extension Problems {
    /// - Parameter title: the status's own phrase when nil.
    static func problem(
        _ type: ProblemType, _ status: Int, _ detail: String, title: String? = nil,
        extensions: [String: ProblemDocument.Value] = [:]
    ) -> HTTPResponse {
        .problem(
            ProblemDocument(
                status: status, title: title, detail: detail, type: type.address, extensions: extensions))
    }
}
