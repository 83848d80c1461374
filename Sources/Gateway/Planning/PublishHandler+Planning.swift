internal import HTTP
internal import Invalidations
internal import JSON

// `POST /invalidate?plan=true`: says what publishing would come to, and publishes nothing.
extension PublishHandler {
    func acceptOrPlan(_ request: HTTPRequest, _ answer: @escaping Answer) {
        switch request.parameter("plan") {
        case nil, "false": accept(request, answer)
        case "true": plan(request, answer)
        default: answer(Problems.invalidParameter("plan", "true or false"))
        }
    }

    private func plan(_ request: HTTPRequest, _ answer: Answer) {
        switch readBatch(request) {
        case .refused(let refusal): answer(refusal)
        case .single:
            switch publishable(request) {
            case .failure(let refusal): answer(refusal.response)
            case .success(let body): answer(planned([.success(body)]))
            }
        case .items(let items): answer(planned(items.map { publishable($0) }))
        }
    }

    /// What would be published: a request that publishing refuses, a plan refuses as well.
    private func publishable(_ request: HTTPRequest) -> Result<PublishedBody, PublishRefusal> {
        checkedBody(request).flatMap { body in Self.key(of: request, body).map { _ in body } }
    }

    private func planned(_ items: [Result<PublishedBody, PublishRefusal>]) -> HTTPResponse {
        var plan = makePlan()
        for case .success(let body) in items { plan.add(body.invalidation) }
        var writer = JSONWriter(capacity: 512 + 64 * items.count)
        writer.beginObject()
        writer.member("plan", true)
        writer.member("requests", plan.requests)
        writer.member("refused", Int64(items.count) - plan.requests)
        plan.write(into: &writer)
        writer.key("items")
        writer.beginArray()
        for item in items {
            switch item {
            case .success(let body): Self.write(body, into: &writer)
            case .failure(let refusal): writer.raw(completed(refusal.response).body)
            }
        }
        writer.endArray()
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }

    private static func write(_ body: PublishedBody, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("status", 200)
        writer.member("namespace", body.invalidation.namespace.name)
        writer.member("mode", body.invalidation.mode.rawValue)
        writer.member("priority", body.invalidation.priority.rawValue)
        if let notBefore = body.invalidation.notBefore { writer.member("notBefore", notBefore.text) }
        StatusDocument.write(body.warnings, into: &writer)
        writer.endObject()
    }
}

/// Why a request is not published.
struct PublishRefusal: Error {
    let response: HTTPResponse
}
