internal import HTTP
internal import Invalidations
internal import Kafka
internal import Replays
internal import Views

/// `/dead`, `/dead/{partition}/{offset}`, and `/dead/export`.
struct DeadLettersEndpoint: Sendable {
    static let exportMax = 500

    /// Dead letters, and where the next page starts.
    private struct Page {
        var deadLetters: [DeadLetterRecord]
        var next: String?
        var asOf: Timestamp?
    }

    let reader: RunReader
    let jobs: JobQueue
    let kafka: KafkaConfiguration
    let links: StatusLinks

    func list(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            let query = try DeadLetterParameters.query(request, limitMax: DeadLetterQuery.limitMax, now: .now())
            let grant = request.principal.grant
            guard grant.covers(query.namespaces.map(\.description)) else { return Problems.namespacesNotGranted }
            let names = try DeadLetterParameters.names(request)
            if let grouping = try DeadLetterParameters.grouping(request) {
                let groups = try reader.read { try $0.countDeadLetters(query, by: grouping) }
                return .json(200, DeadLetterDocument.groups(groups))
            }
            let page = try page(query, names: names, grant)
            return .json(200, DeadLetterDocument.page(page.deadLetters, next: page.next, asOf: page.asOf))
        }
    }

    func show(_ text: String, _ grant: Grant, _ answer: @escaping Answer) {
        readOne(text, answer) { [reader] name, content in
            guard
                let entry = DeadLetterEntry(
                    content.headers, partition: name.partition, offset: name.offset, time: content.time),
                Self.admits(grant, entry)
            else { return Problems.unknownDeadLetter(name) }
            let record = try reader.read { try $0.deadLetter(partition: name.partition, offset: name.offset) }
            return .json(200, DeadLetterDocument.single(entry, record, content, asOf: reader.watermark))
        }
    }

    /// The value as it is: it may be anything.
    func showValue(_ text: String, _ grant: Grant, _ answer: @escaping Answer) {
        readOne(text, answer) { name, content in
            let entry = DeadLetterEntry(
                content.headers, partition: name.partition, offset: name.offset, time: content.time)
            guard Self.admits(grant, entry) else { return Problems.unknownDeadLetter(name) }
            guard let value = content.value else { return .empty(204) }
            return HTTPResponse(
                status: 200,
                headers: [("Content-Type", "application/octet-stream"), ("X-Content-Type-Options", "nosniff")],
                body: value)
        }
    }

    func export(_ request: HTTPRequest, _ answer: @escaping Answer) {
        let page: Page
        do {
            let query = try DeadLetterParameters.query(request, limitMax: Self.exportMax, now: .now())
            let grant = request.principal.grant
            guard grant.covers(query.namespaces.map(\.description)) else {
                return answer(Problems.namespacesNotGranted)
            }
            page = try self.page(query, names: try DeadLetterParameters.names(request), grant)
        } catch {
            return answer(Self.refusal(of: error))
        }
        jobs.add(answer) {
            answered {
                let export = try DeadLetterExport(kafka, page.deadLetters)
                let next = export.lastWritten.map { DeadLetterCursor(after: $0.entry).text } ?? page.next
                let response = HTTPResponse(
                    status: 200, headers: [("Content-Type", "application/x-ndjson")], body: export.bytes)
                return next.map { response.with("Link", link(to: $0, request)) } ?? response
            }
        }
    }

    /// The same page of the list, from that cursor on.
    private func link(to cursor: String, _ request: HTTPRequest) -> String {
        var parameters = request.query.filter { $0.name != "cursor" }
        parameters.append(("cursor", cursor))
        let query = parameters.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return "<\(links.base)/dead/export?\(query.joined(separator: "&"))>; rel=\"next\""
    }

    /// What has no namespace that could be read is for those who have all.
    private static func admits(_ grant: Grant, _ entry: DeadLetterEntry?) -> Bool {
        grant.namespaces == nil || entry?.namespace.map(grant.admits) ?? false
    }

    private func page(_ query: DeadLetterQuery, names: [DeadLetterName]?, _ grant: Grant) throws -> Page {
        try reader.read { view in
            guard let names else {
                let page = try view.deadLetters(query)
                return Page(deadLetters: page.deadLetters, next: page.next?.text, asOf: page.asOf)
            }
            var page = Page(deadLetters: [], next: nil, asOf: try view.watermark())
            for name in names {
                guard let record = try view.deadLetter(partition: name.partition, offset: name.offset),
                    record.isOpen || query.includesClosed, Self.admits(grant, record.entry)
                else { continue }
                page.deadLetters.append(record)
            }
            return page
        }
    }

    private func readOne(
        _ text: String, _ answer: @escaping Answer,
        _ response: @escaping @Sendable (DeadLetterName, DeadLetterLog.Content) throws -> HTTPResponse
    ) {
        guard let name = DeadLetterName(text) else { return answer(Problems.malformedDeadLetter) }
        jobs.add(answer) {
            answered {
                let log = try DeadLetterLog(kafka, partitions: [name.partition])
                guard let content = try log.read([name])[name] else { return Problems.unknownDeadLetter(name) }
                return try response(name, content)
            }
        }
    }

    private func answered(_ body: () throws -> HTTPResponse) -> HTTPResponse {
        do {
            return try body().with("Cache-Control", "no-store")
        } catch {
            return Self.refusal(of: error)
        }
    }

    private static func refusal(of error: any Error) -> HTTPResponse {
        switch error {
        case let error as ParameterError: Problems.invalidParameter(error.name, error.demand)
        case let error as KafkaError: Problems.notReadable(error.description)
        default: Problems.viewUnavailable("\(error)")
        }
    }
}
