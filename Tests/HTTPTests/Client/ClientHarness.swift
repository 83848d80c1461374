import HTTP
import Runtime
import TestSupport

/// An HTTP client on its own loop, run until its requests have ended.
final class ClientHarness {
    let loop: EventLoop
    let client: HTTPClient
    private(set) var results: [UInt64: HTTPClientResult] = [:]

    init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws {
        loop = try EventLoop()
        client = try HTTPClient(loop: loop, configuration: configuration)
        client.onFinish = { [unowned self] token, result in
            precondition(results[token] == nil, "reported twice")
            results[token] = result
            if client.inFlight == 0 { loop.stop() }
        }
    }

    /// The results in the order of the requests.
    func perform(_ requests: [HTTPClientRequest]) throws -> [HTTPClientResult] {
        results = [:]
        for (index, request) in requests.enumerated() { client.send(request, token: UInt64(index)) }
        try loop.run(within: .seconds(40))
        return try requests.indices.map { index in
            guard let result = results[UInt64(index)] else { throw Missing(description: "request \(index)") }
            return result
        }
    }

    /// Runs the loop until `condition` holds.
    func run(until condition: @escaping () -> Bool) throws {
        var poll: LoopTimer?
        poll = try loop.timer { [unowned loop] in
            if condition() { loop.stop() } else { poll?.schedule(after: .milliseconds(5)) }
        }
        poll?.schedule(after: .zero)
        try loop.run(within: .seconds(30))
        poll = nil
    }

    func perform(_ request: HTTPClientRequest) throws -> HTTPClientResult {
        try perform([request])[0]
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }
}

extension HTTPClientResult {
    var response: HTTPClientResponse? {
        if case .response(let response) = self { response } else { nil }
    }

    var failure: HTTPClientFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

extension HTTPClientResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
