internal import Invalidations
internal import Views

/// JSON Schemas of parameters, as OpenAPI shows them.
enum ParameterSchema {
    typealias Schema = [String: Any]

    private static var names: Schema {
        text("Patterns, with commas between them.", #"^[^,\x00-\x1f\x7f]+(,[^,\x00-\x1f\x7f]+){0,99}$"#)
    }
    private static var values: Schema { text("Values, with commas between them.", #"^[^,\x00]+(,[^,\x00]+){0,99}$"#) }

    /// - Parameter name: one of `Route.parameters`.
    static func query(_ name: String, of route: Route) -> Schema {
        switch name {
        case "id", "request": uuid
        case "wait":
            text(
                "How long the answer is held until there is news, such as 10s.",
                "^([0-5]?[0-9]s?|60s?|[0-9]{1,4}ms|1m)$")
        case "namespace" where route.listsDeadLetters: names
        case "namespace": text("The namespace.", "^[a-zA-Z0-9._:-]{1,\(Limits.namespaceBytes)}$")
        case "state": states
        case "since" where route.listsStatuses, "until" where route.listsStatuses:
            text("An RFC 3339 time.", timePattern)
        case "source": text("Whose requests, as records name their source.", #"^[^\x00]{1,100}$"#)
        case "key": text("The idempotency key that it was published with.", #"^[^\x00]{1,100}$"#)
        case "edge" where route.listsStatuses: text("The name of an edge of the request.", #"^[^\x00]{1,100}$"#)
        case "by": ["enum": [StatusCountParameters.minute]]
        case "edgeState": ["enum": EdgeCondition.State.allCases.map(\.rawValue)]
        case "since", "until":
            text("An RFC 3339 time, or so long before now as -2h says.", "^-[1-9][0-9]?[hms]$|" + timePattern)
        case "limit": ["type": "integer", "minimum": 1, "maximum": limitMax(of: route)]
        case "cursor" where route.isAudit:
            text("The next of an earlier page.", "^(\(statusCursor)|[0-9]{1,15}\\.[0-9]{1,9})$")
        case "cursor" where route.listsStatuses: text("The next of an earlier page.", "^\(statusCursor)$")
        case "cursor": text("The next of an earlier page.", #"^[0-9]{1,15}\.[0-9]{1,9}\.[0-9]{1,18}$"#)
        case "after": text("The next of an earlier page.", "^[0-9a-f]{12}$")
        case "who": text("A part of the name of who ordered it.", #"^[^\x00]{1,\#(AuditQuestion.whoMax)}$"#)
        case "name": text("A part of the name.", #"^[^\x00]{1,\#(OversightEndpoint.nameMax)}$"#)
        case "kind": ["enum": AuditQuestion.kinds]
        case "before": text("The next of an earlier page.", runPattern)
        case "run": text("The id of a run.", runPattern)
        case "quarantined", "all", "plan": ["enum": ["true", "false"]]
        case "group": ["enum": DeadLetterGrouping.allCases.map(\.rawValue)]
        case "deadLetters":
            text("PARTITION/OFFSET, with commas between them.", "^\(deadLetter)(,\(deadLetter)){0,499}$")
        case "error": text("A part of the error's text.", #"^[^\x00]*$"#)
        default: values
        }
    }

    /// - Parameter name: of a part of the path.
    static func path(_ name: String, of route: Route) -> Schema {
        switch name {
        case "id" where ["/status", "/invalidate"].contains { route.path.hasPrefix($0) }: uuid
        case "id": text("The id of a run.", runPattern)
        case "partition": ["type": "integer", "minimum": 0, "maximum": Int(Int32.max)]
        case "offset": ["type": "integer", "minimum": 0, "maximum": Int(Int64.max) - 1]
        default: ["enum": ProblemType.allCases.map(\.rawValue)]
        }
    }

    static func header(_ name: String) -> Schema {
        guard name != EventsEndpoint.idHeader else {
            return text("The id of the last event that has come: the stream goes on behind it.", "^[A-Za-z0-9_-]*$")
        }
        guard name != "If-None-Match" else {
            return text("The ETag of an earlier answer: the same is not sent again. What is no ETag matches none.")
        }
        let length = name == OperatorName.header ? OperatorName.bytesMax : KeyOnRecord.bytesMax
        let meaning =
            name == OperatorName.header
            ? "Who orders it, as the log of orders shows it."
            : "Repeats with the same key and body are answered, and not carried out again. Item n of a batch has KEY#n."
        return text(meaning, "^[!-~]([ -~]{0,\(length - 2)}[!-~])?$")
    }

    private static let uuidPattern = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    private static let statusCursor = "[0-9]{1,15}\\.\(uuidPattern)(\\.[a-zA-Z0-9._:-]{1,128})?"
    private static var uuid: Schema { text("A UUID.", "^\(uuidPattern)$") }
    private static let deadLetter = "(0|[1-9][0-9]{0,8})/(0|[1-9][0-9]{0,17})"
    private static let runPattern = "^[A-Za-z0-9._-]{1,64}$"
    private static let timePattern =
        "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"

    private static var states: Schema {
        let choices = RequestStatus.allCases.map(\.rawValue).joined(separator: "|")
        return text("States, with commas between them.", "^(\(choices))(,(\(choices)))*$")
    }

    private static func limitMax(of route: Route) -> Int {
        switch route {
        case .deadLetters: DeadLetterQuery.limitMax
        case .exportedDeadLetters: DeadLettersEndpoint.exportMax
        case .runs: RunsEndpoint.limitMax
        case .failingEdges: FailingEdgesQuery.limitMax
        case .namespaces: OversightEndpoint.namespacesMax
        case .audit: AuditQuestion.limitMax
        case .keys: OversightEndpoint.keysMax
        default: StatusQuery.limitMax
        }
    }

    private static func text(_ meaning: String, _ pattern: String? = nil) -> Schema {
        var schema: Schema = ["type": "string", "description": meaning]
        if let pattern { schema["pattern"] = pattern }
        return schema
    }
}
