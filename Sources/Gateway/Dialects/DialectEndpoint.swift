internal import HTTP
internal import Invalidations
internal import JSON

/// Publishes the requests of dialects, and answers in their form.
struct DialectEndpoint: Sendable {
    private let publisher: PublishHandler
    private let parsers: SharedSlots<JSONParser>

    /// - Parameter threads: that serve requests.
    init(publisher: PublishHandler, threads: Int) {
        self.publisher = publisher
        parsers = SharedSlots(count: threads) {
            JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)
        }
    }

    func accept(_ dialect: any Dialect, _ request: HTTPRequest, _ answer: @escaping Answer) {
        let purge: TranslatedPurge
        do {
            purge = try translate(dialect, request)
        } catch {
            return answer(Self.response(to: error, dialect))
        }
        var published = request
        published.body = purge.body
        publisher.accept(published) { own in
            answer(shape(own, dialect, purge))
        }
    }

    private func translate(
        _ dialect: any Dialect, _ request: HTTPRequest
    ) throws(DialectRefusal) -> TranslatedPurge {
        guard dialect.readsJSON, !request.body.isEmpty else { return try dialect.translate(request, nil) }
        do {
            return try parsers.use { parser in
                try parser.parse(request.body) { root in
                    try DialectBody.checkObject(root)
                    return try dialect.translate(request, root)
                }
            }
        } catch let refusal as DialectRefusal {
            throw refusal
        } catch {
            throw DialectRefusal(title: "Malformed JSON", "The body is not valid JSON: \(error)")
        }
    }

    private static func response(to refusal: DialectRefusal, _ dialect: any Dialect) -> HTTPResponse {
        dialect.refused(refusal) ?? .problem(refusal.status, refusal.detail, title: refusal.title)
    }

    /// An answer of the gateway's own, as the dialect's clients read it; its header fields stay.
    ///
    /// - Parameter purge: nil for what is refused before it is translated.
    func shape(_ own: HTTPResponse, _ dialect: any Dialect, _ purge: TranslatedPurge? = nil) -> HTTPResponse {
        guard !own.body.isEmpty, var response = translate(own, dialect, purge) else { return own }
        for (name, value) in own.headers where !HTTPHeaders.isSame(name, "Content-Type") {
            response.headers.append((name, value))
        }
        return response
    }

    private func translate(
        _ own: HTTPResponse, _ dialect: any Dialect, _ purge: TranslatedPurge?
    ) -> HTTPResponse? {
        let members = readMembers(own.body)
        if let purge, own.status < 300, let id = members.id { return dialect.accepted(id, purge) }
        // None of the products with answers of their own says 422.
        let status = own.status == 422 ? 400 : own.status
        return dialect.refused(
            DialectRefusal(
                status, title: members.title ?? ProblemDocument.phrase(of: status), members.detail ?? "",
                code: status == 401 ? .unauthorised : nil))
    }

    private func readMembers(_ body: [UInt8]) -> AnswerMembers {
        let read = try? parsers.use { parser in
            try parser.parse(body) { root in
                AnswerMembers(
                    id: root["id"]?.string, title: root["title"]?.string, detail: root["detail"]?.string)
            }
        }
        return read ?? AnswerMembers()
    }
}

/// What an answer of the gateway's own says: a status document has an id, a problem document the others.
private struct AnswerMembers: Sendable {
    var id: String?
    var title: String?
    var detail: String?
}
