import Edges
import HTTP
import Invalidations

// Edges, batches and selectors for tests.

let address = EdgeAddress("http://edge.test:8080")!
let shop = Namespace("shop")!

func batch(_ items: [Selectors], mode: PurgeMode = .hard) -> PurgeBatch {
    PurgeBatch(namespace: shop, mode: mode, items: items)
}

func urls(_ urls: String...) -> Selectors { Selectors(urls: urls) }

func tags(_ tags: String...) -> Selectors { Selectors(tags: tags) }

func answer(
    _ status: Int, _ reason: String = "", body: String = "", type: String? = nil, retryAfter: Duration? = nil
) -> HTTPClientResult {
    var response = HTTPClientResponse(status: status)
    response.reason = reason
    response.body = Array(body.utf8)
    response.contentType = type
    response.retryAfter = retryAfter
    return .response(response)
}

extension CallOutcome {
    var failure: PurgeFailure? {
        if case .failed(let failure, _) = self { failure } else { nil }
    }

    var reach: Reach? {
        if case .failed(_, let reach) = self { reach } else { nil }
    }
}

extension PurgeOutcome {
    /// Every item was purged, however much that was.
    var isDone: Bool {
        switch self {
        case .acknowledged: true
        case .each(let items): items.allSatisfy { $0.failure == nil }
        }
    }
}

extension ItemOutcome {
    var failure: PurgeFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}

extension EdgeCall {
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    var text: String { String(decoding: body, as: UTF8.self) }
}
