internal import HTTP
internal import Views

// `GET /status/counts` and `/status/edges`: requests in numbers.
extension StatusEndpoint {
    func countByMinute(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            if let by = request.parameter("by"), by != StatusCountParameters.minute {
                throw ParameterError("by", StatusCountParameters.minute)
            }
            var query = MinuteQuery()
            query.namespace = try NamespaceParameter.read(request)
            query.since = try StatusParameters.time(request, "since")
            query.until = try StatusParameters.time(request, "until")
            return try granted(request, query.namespace) {
                StatusCountDocument.response(to: try statusService.minutes(query))
            }
        }
    }

    func listFailingEdges(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            var query = FailingEdgesQuery()
            query.namespace = try NamespaceParameter.read(request)
            query.since = try StatusParameters.time(request, "since")
            if let limit = try LimitParameter.read(request, max: FailingEdgesQuery.limitMax) { query.limit = limit }
            return try granted(request, query.namespace) {
                StatusCountDocument.response(to: try statusService.failingEdges(query))
            }
        }
    }
}

/// Parameters that choose what is counted.
enum StatusCountParameters {
    static let minute = "minute"
    static let ofMinutes = ["by", "namespace", "since", "until"]
    static let ofEdges = ["namespace", "since", "limit"]
}
