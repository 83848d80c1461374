internal import HTTP
internal import Invalidations
internal import JSON

// `DELETE /invalidate/{id}`: publishes a cancellation of that request, as if its sender knew the namespace.
extension PublishHandler {
    func cancel(_ text: String, _ request: HTTPRequest, _ answer: @escaping Answer) {
        guard let id = RequestID(text) else { return answer(Problems.malformedID) }
        let namespace: Namespace?
        do throws(ParameterError) { namespace = try NamespaceParameter.read(request) } catch {
            return answer(Problems.invalidParameter(error.name, error.demand))
        }
        askView(answer) { [self, namespace] finding in
            switch Self.target(of: id, in: namespace, finding(id, namespace, request.principal.grant)) {
            case .success(let target):
                accept(
                    Self.cancellation(of: id, target.namespace, request), priority: target.priority, answer)
            case .failure(let refusal): answer(refusal.response)
            }
        }
    }

    private struct Target {
        var namespace: Namespace
        /// A cancellation goes the way of its request, so that it comes behind it.
        var priority: Priority?
    }

    private static func target(
        of id: RequestID, in namespace: Namespace?, _ finding: StatusService.Finding
    ) -> Result<Target, PublishRefusal> {
        switch finding {
        case .record(let record, let others, _):
            if namespace == nil, !others.isEmpty {
                let names = ([record.namespace] + others).map(\.name).joined(separator: ", ")
                return refused(
                    Problems.invalidParameter("namespace", "one of \(names): each has a request of this id"))
            }
            return .success(Target(namespace: record.namespace, priority: record.publication?.priority))
        case .announced:
            guard let namespace else {
                return refused(
                    Problems.viewUnavailable("it has not come to the request yet; with namespace= it need not be asked")
                )
            }
            return .success(Target(namespace: namespace))
        case .unknown: return refused(Problems.unknownRequest(id))
        case .unavailable(let reason): return refused(Problems.viewUnavailable(reason))
        }
    }

    private static func refused(_ response: HTTPResponse) -> Result<Target, PublishRefusal> {
        .failure(PublishRefusal(response: response))
    }

    /// The call as a request to publish, with the same sender and key. It says the same whatever is known of the one
    /// that it calls off, so that it can be sent again.
    private static func cancellation(of id: RequestID, _ namespace: Namespace, _ request: HTTPRequest) -> HTTPRequest {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("namespace", namespace.name)
        writer.member("cancels", id.text)
        writer.endObject()
        var published = request
        published.body = writer.bytes
        // What such fields say would be another request's.
        published.headers = HTTPHeaders()
        for (name, value) in request.headers.fields
        where !name.lowercased().hasPrefix("ce-") && !HTTPHeaders.isSame(name, "Content-Type") {
            published.headers.add(name, value)
        }
        return published
    }
}
