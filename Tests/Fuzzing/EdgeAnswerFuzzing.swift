import Edges
import Invalidations

@testable import HTTP

/// Answers of edges: a status line, fields and a body, as each adapter reads them.
enum EdgeAnswerFuzzing {
    private static let adapters: [any EdgeAdapter] = {
        guard let address = EdgeAddress("http://edge.test:8080") else {
            preconditionFailure("a good address is refused")
        }
        var strict = HTTPSuccess()
        (strict.field, strict.value, strict.text) = ("done", "yes", "purged")
        return [
            VarnishAdapter(address: address), NginxAdapter(address: address),
            PurgeMethodAdapter(address: address), HTTPAdapter(address: address),
            HTTPAdapter(address: address, success: strict),
        ]
    }()
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    static func read(_ bytes: UnsafeRawBufferPointer) {
        let response = response(bytes)
        for adapter in adapters {
            for kinds in [SelectorKinds.tags, .urls, .prefixes, .everything] {
                let call = EdgeCall("PURGE", "http://edge.test:8080/a", kinds: kinds, items: CoveredItems(0))
                switch adapter.outcome(of: .response(response), for: call) {
                case .acknowledged(let objects): precondition(objects.map { $0 >= Int.min } ?? true)
                case .absent: break
                case .failed(let failure, _):
                    precondition(failure.message.utf8.count <= 700, "a message is not cut")
                }
            }
            _ = adapter.isHit(response)
        }
        if let pause = RateLimitHeaders.pause(response.rateLimits, now: now) {
            precondition(pause > .zero && pause <= RateLimitHeaders.throttleMax, "a pause lies out of its bounds")
        }
    }

    /// As the client gathers it from curl, line by line.
    private static func response(_ bytes: UnsafeRawBufferPointer) -> HTTPClientResponse {
        let input = FuzzInput(bytes, hasFirst: true)
        var collector = AnswerCollector()
        collector.begin(bodyBytesMax: 64 << 10, keepsHeader: true)
        Array("HTTP/1.1 \(input.first)\r\n".utf8).withUnsafeBytes { collector.header($0) }
        for (name, value) in input.fields {
            (Array("\(name):".utf8) + value).withUnsafeBytes { collector.header($0) }
        }
        Array("\r\n".utf8).withUnsafeBytes { collector.header($0) }
        _ = input.rest.withUnsafeBytes { collector.body($0) }
        var response = collector.response
        if let text = collector.retryAfter {
            response.retryAfter = RetryAfter.parseWait(text, now: Int(now.milliseconds / 1_000))
        }
        if let wait = response.retryAfter {
            precondition(wait > .zero && wait <= RetryAfter.waitMax, "a wait lies out of its bounds")
        }
        return response
    }
}
