internal import HTTP
package import Invalidations
package import JSON

/// The JSON by which a request's status is told.
package enum StatusDocument {
    package enum Detail {
        /// The whole request in numbers, and what went wrong.
        case summary
        /// Also how far each edge is, as of when that is known, and which other namespaces have a request of the id.
        case edges(asOf: Timestamp?, alsoIn: [Namespace])
    }

    /// - Parameters:
    ///   - notBefore: what the request's body says.
    ///   - warnings: of that body.
    package static func write(
        _ record: StatusRecord, _ detail: Detail, notBefore: Timestamp? = nil, warnings: [FieldWarning] = [],
        links: StatusLinks, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", record.id.text)
        writer.member("namespace", record.namespace.name)
        writer.member("status", record.status.rawValue)
        writer.key("progress")
        share(record.progress, into: &writer)
        writer.member("totalEdges", Int64(record.totalEdges))
        writer.member("completedEdges", Int64(record.completedEdges))
        writer.member("absentEdges", Int64(record.absentEdges))
        writer.member("skippedEdges", Int64(record.skippedEdges))
        if let objects = record.objects { writer.member("objects", Int64(clamping: objects)) }
        writer.key("errors")
        errors(record.errors + silence(of: record, now: .now()), into: &writer)
        if case .edges = detail {
            writer.key("edges")
            edges(of: record, into: &writer)
            let tries = record.earlierTries
            if !tries.isEmpty {
                writer.key("earlier")
                earlier(tries, into: &writer)
            }
            if let publication = record.publication { write(publication, into: &writer) }
        }
        writer.key("requestedAt")
        writer.plainString(record.requestedAt.utf8)
        if let given = record.publication?.implausibleTime {
            writer.key("implausibleTime")
            writer.plainString(given.utf8)
        }
        if let time = notBefore ?? record.publication?.notBefore {
            writer.key("notBefore")
            writer.plainString(time.utf8)
        }
        writer.key("updatedAt")
        writer.plainString(record.updatedAt.utf8)
        if case .edges(let asOf, let others) = detail {
            write(asOf: asOf, into: &writer)
            if !others.isEmpty {
                writer.member("alsoIn", others.map(\.name))
            }
        }
        writer.member("statusUrl", links.status(of: record.id))
        write(warnings, into: &writer)
        writer.endObject()
    }

    /// Of what was folded before a view kept its details there are none.
    private static func write(_ publication: StatusRecord.Publication, into writer: inout JSONWriter) {
        writer.key("publication")
        writer.beginObject()
        writer.key("publishedAt")
        writer.plainString(publication.at.utf8)
        writer.member("priority", publication.priority.rawValue)
        if let source = publication.source { writer.member("source", source) }
        if let id = publication.cancels { writer.member("cancels", id.text) }
        // The members of the object that the view's writer has made.
        if let details = publication.details { writer.members(ofObject: details) }
        writer.endObject()
    }

    /// Nothing where there are none.
    static func write(_ warnings: [FieldWarning], into writer: inout JSONWriter) {
        guard !warnings.isEmpty else { return }
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings {
            writer.beginObject()
            writer.member("field", warning.field)
            writer.member("message", warning.message)
            writer.endObject()
        }
        writer.endArray()
    }

    /// A request of which nothing is known but that its id was handed out a moment ago.
    static func write(announced id: RequestID, asOf: Timestamp?, links: StatusLinks, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id.text)
        writer.key("namespace")
        writer.null()
        writer.member("status", RequestStatus.queued.rawValue)
        writer.member("progress", 0)
        writer.member("totalEdges", 0)
        writer.member("completedEdges", 0)
        writer.member("absentEdges", 0)
        writer.member("skippedEdges", 0)
        writer.key("errors")
        errors([], into: &writer)
        writer.key("edges")
        writer.beginArray()
        writer.endArray()
        if let time = id.time {
            writer.key("requestedAt")
            writer.plainString(time.utf8)
            writer.key("updatedAt")
            writer.plainString(time.utf8)
        }
        write(asOf: asOf, into: &writer)
        writer.member("statusUrl", links.status(of: id))
        writer.endObject()
    }

    /// The time whose progress is all in what is told; null where that has never been so.
    static func write(asOf: Timestamp?, into writer: inout JSONWriter) {
        writer.key("asOf")
        if let asOf { writer.plainString(asOf.utf8) } else { writer.null() }
    }

    /// What is open and was not heard of for long is shown as it was, and this says that it may stay so.
    private static func silence(of record: StatusRecord, now: Timestamp) -> [StatusError] {
        guard record.isSilent(at: now) else { return [] }
        return [
            StatusError(
                edge: nil, failureClass: "silent",
                message: "nothing was heard of it since \(record.updatedAt): no worker may be at it any more; "
                    + "publish it again if it still matters", attempts: 0)
        ]
    }

    /// How far a request is at one edge, but for what went wrong there.
    static func write(_ cell: StatusRecord.Cell, of edge: String, into writer: inout JSONWriter) {
        writer.member("edge", edge)
        writer.member("state", cell.state.rawValue)
        if let outcome = cell.outcome { writer.member("outcome", outcome.rawValue) }
        if let objects = cell.objects { writer.member("objects", Int64(objects)) }
        if cell.generation > 0 { writer.member("generation", Int64(cell.generation)) }
    }

    /// The beginning and the end as whole numbers.
    private static func share(_ share: Double, into writer: inout JSONWriter) {
        if share == 0 || share == 1 { writer.integer(Int64(share)) } else { writer.double(share) }
    }

    private static func errors(_ errors: [StatusError], into writer: inout JSONWriter) {
        writer.beginArray()
        for error in errors {
            writer.beginObject()
            if let edge = error.edge { writer.member("edge", edge) }
            writer.member("class", error.failureClass)
            writer.member("message", error.message)
            writer.member("attempts", Int64(error.attempts))
            writer.endObject()
        }
        writer.endArray()
    }

    private static func edges(of record: StatusRecord, into writer: inout JSONWriter) {
        writer.beginArray()
        for (edge, cell) in zip(record.edges, record.cells) {
            writer.beginObject()
            write(cell, of: edge, into: &writer)
            if let failure = record.failures[edge], failure.isWaiting {
                writer.member("waits", failure.message)
            } else if let failure = record.failures[edge] {
                writer.member("attempts", Int64(failure.attempts))
                writer.member("message", failure.message)
            }
            writer.endObject()
        }
        writer.endArray()
    }
}

extension StatusDocument {
    /// Without an edge it is a try of the request as a whole.
    private static func earlier(_ tries: [EarlierTry], into writer: inout JSONWriter) {
        writer.beginArray()
        for one in tries {
            writer.beginObject()
            writer.member("generation", Int64(one.cell.generation))
            if let edge = one.edge { writer.member("edge", edge) }
            writer.member("state", one.cell.state.rawValue)
            if let failure = one.failure {
                writer.member("class", failure.failureClass)
                writer.member("message", failure.message)
                writer.member("attempts", Int64(failure.attempts))
            }
            writer.endObject()
        }
        writer.endArray()
    }
}

/// Where statuses, runs and dead letters are found, from outside.
package struct StatusLinks: Sendable {
    /// Without a slash at the end; empty for addresses relative to this server.
    let base: String

    package init(publicURL: String?) {
        var base = publicURL ?? ""
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
    }

    func status(of id: RequestID) -> String { "\(base)/status/\(id.text)" }

    func run(_ id: String) -> String { "\(base)/replays/\(id)" }

    /// The same answer; where it is a problem, with the whole address of its kind.
    func completed(_ response: HTTPResponse) -> HTTPResponse {
        guard !base.isEmpty, response.status >= 400, response.body.starts(with: Self.relativeType) else {
            return response
        }
        // The type is the first member of the document.
        var writer = JSONWriter(capacity: response.body.count + base.utf8.count)
        writer.beginObject()
        writer.member("type", base)
        var response = response
        response.body = Array(writer.bytes.dropLast()) + response.body.dropFirst(Self.beforeType.count)
        return response
    }

    private static let beforeType = Array("{\"type\":\"".utf8)
    private static let relativeType = beforeType + Array(ProblemType.path.utf8)
}
